//! Keys that sign what others check without a secret, such as the checkpoints of audit logs.

use crate::{error::CryptoError, keys::KEY};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::hint::black_box;
use zeroize::Zeroize;

/// The length of a signature, in bytes.
pub const SIGNATURE: usize = 64;

/// A key for Ed25519 (RFC 8032) of which only the public half can be seen.
///
/// It is overwritten when dropped. Whoever holds one while the vault is sealed keeps it alive.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    pub(crate) fn new(seed: &[u8; KEY]) -> Result<Self, CryptoError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| CryptoError)
    }

    /// The signature of `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        let mut signature = [0; SIGNATURE];
        signature.copy_from_slice(self.0.sign(message).as_ref());
        signature
    }

    /// The half that everybody may know.
    pub fn public_key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        key
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl Zeroize for SigningKey {
    /// The library does not wipe its state, so that is overwritten with that of a seed of zeros.
    fn zeroize(&mut self) {
        if let Ok(zeros) = Ed25519KeyPair::from_seed_unchecked(&[0; KEY]) {
            self.0 = zeros;
            black_box(&self.0); // or the compiler would see that nobody reads it any more
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    #[test]
    fn a_signature_is_checked_with_the_public_half_alone_and_keys_of_two_seeds_differ() {
        let key = SigningKey::new(&[7; KEY]).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, key.public_key());
        assert!(public.verify(b"line", &key.sign(b"line")).is_ok());
        assert!(public.verify(b"lime", &key.sign(b"line")).is_err());
        assert_ne!(SigningKey::new(&[8; KEY]).unwrap().public_key(), key.public_key());
    }
}
