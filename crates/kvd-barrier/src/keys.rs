//! Keys made ready for use, and how one key is derived from another.
//!
//! No key serves two purposes: each is `HKDF-Expand(parent, "kvd/v1/<purpose>")` with SHA-256, and neither the root key
//! nor the seed of the keyring is used in any other way.

use crate::error::CryptoError;
use ring::{hkdf, hmac};
use std::{
    hint::black_box,
    ops::{Deref, DerefMut},
};
use zeroize::{Zeroize, Zeroizing};

/// The length of every key, in bytes.
pub(crate) const KEY: usize = 32;
/// The length of what shows that a key is the right one, in bytes.
pub(crate) const CHECK: usize = 16;

/// A key in the clear, on its way to or from locked pages; in a box, so that handing it on leaves no copies behind.
#[derive(Default)]
pub(crate) struct RawKey(Box<Zeroizing<[u8; KEY]>>);

impl RawKey {
    pub(crate) fn copy(bytes: &[u8; KEY]) -> Self {
        let mut key = Self::default();
        key.copy_from_slice(bytes);
        key
    }
}

impl Deref for RawKey {
    type Target = [u8; KEY];

    fn deref(&self) -> &[u8; KEY] {
        &self.0
    }
}

impl DerefMut for RawKey {
    fn deref_mut(&mut self) -> &mut [u8; KEY] {
        &mut self.0
    }
}

/// What every label of a derivation begins with.
const LABEL: &str = "kvd/v1/";

/// The key that is derived from `parent` for one purpose.
pub(crate) fn derive(parent: &[u8; KEY], purpose: &str) -> Result<RawKey, CryptoError> {
    let mut key = RawKey::default();
    expand(parent, purpose, &mut *key)?;
    Ok(key)
}

/// What shows that `key` is the right one and tells nothing else about it.
pub(crate) fn check_value(key: &[u8; KEY]) -> Result<[u8; CHECK], CryptoError> {
    let mut check = [0; CHECK];
    expand(key, "kcv", &mut check)?;
    Ok(check)
}

fn expand(parent: &[u8; KEY], purpose: &str, out: &mut [u8]) -> Result<(), CryptoError> {
    let parent = DerivingKey::new(parent);
    parent.expand(&[LABEL.as_bytes(), purpose.as_bytes()], out)
}

/// A key that only derives other keys.
///
/// The library does not wipe its state, so that is overwritten with that of a key of zeros.
pub(crate) struct DerivingKey(hkdf::Prk);

impl DerivingKey {
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        Self(hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key))
    }

    pub(crate) fn expand(&self, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        Ok(self.0.expand(info, Length(out.len()))?.fill(out)?)
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Zeroize for DerivingKey {
    fn zeroize(&mut self) {
        self.0 = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, &[0; KEY]);
        black_box(&self.0); // or the compiler would see that nobody reads it any more
    }
}

impl Drop for DerivingKey {
    fn drop(&mut self) {
        self.zeroize();
    }
}

/// A key for HMAC-SHA256 that cannot be seen: for hashes of tokens, salts of audit devices, checks of cursors.
///
/// It is wiped when dropped. Whoever holds one while the vault is sealed keeps it alive.
pub struct HmacKey(hmac::Key);

/// The length of a tag, in bytes.
pub const TAG: usize = 32;

impl HmacKey {
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The tag of `data`.
    pub fn sign(&self, data: &[u8]) -> [u8; TAG] {
        self.sign_parts(&[data])
    }

    /// The tag of the parts, one after the other; where one ends and the next begins is not part of the tag.
    pub fn sign_parts(&self, parts: &[&[u8]]) -> [u8; TAG] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut tag = [0; TAG];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// Whether `tag` is the tag of `data`, in a time that does not depend on where they differ.
    pub fn verify(&self, data: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, data, tag).is_ok()
    }

    /// The key for one of several uses of the same purpose, such as one audit device of many.
    #[must_use]
    pub fn derive(&self, context: &[u8]) -> Self {
        let key = Zeroizing::new(self.sign_parts(&[b"kvd/v1/sub-key\0", context]));
        Self::new(&key)
    }
}

impl Zeroize for HmacKey {
    fn zeroize(&mut self) {
        self.0 = hmac::Key::new(hmac::HMAC_SHA256, &[0; KEY]);
        black_box(&self.0); // as above
    }
}

impl Drop for HmacKey {
    fn drop(&mut self) {
        self.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published with the format: HKDF-Expand of the key 00 01 … 1f. Changing one of them makes every vault unreadable.
    #[test]
    fn labels_give_the_published_keys() {
        let vectors = include_str!("../tests/vectors/labels.txt");
        let parent: [u8; KEY] = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let mut count = 0;
        for line in vectors.lines().filter(|l| !l.starts_with('#')) {
            let (purpose, expected) = line.split_once(' ').unwrap();
            let found = match purpose {
                "kcv" => hex::encode(check_value(&parent).unwrap()),
                _ => hex::encode(*derive(&parent, purpose).unwrap()),
            };
            assert_eq!(found, expected, "{purpose}");
            count += 1;
        }
        assert!(count >= 4);
    }

    #[test]
    fn a_tag_verifies_and_nothing_else_does() {
        let key = HmacKey::new(&[7; KEY]);
        let tag = key.sign(b"token");
        assert!(key.verify(b"token", &tag));
        assert!(!key.verify(b"tokem", &tag));
        assert!(!key.verify(b"token", &tag[..31]));
        assert_ne!(key.derive(b"a").sign(b"token"), key.derive(b"b").sign(b"token"));
    }
}
