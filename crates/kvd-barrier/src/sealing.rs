//! A key that seals texts which leave the vault, such as batch tokens.
//!
//! They are not records: no view, no transaction and no rotation knows of them. So they have keys of their own, one a
//! purpose, and a kind of their own: what a client holds opens as no record of the store, nor a record as a token.

use crate::{
    error::CryptoError,
    keys::DerivingKey,
    record::{self, InstanceId, MAX_KEY, Place, SealError},
};
use kvd_types::{Entropy, EntropyError, Fault, NamespaceId, Secret};
use thiserror::Error;

/// Tells these from the records of views, whose kind is the number of their table, and from those of the vault.
const KIND: u8 = 0xF0;
/// They are made under the seed of the keyring, which outlives every term.
const TERM: u32 = 0;

/// Seals texts for one purpose. It is wiped when dropped; whoever holds one while the vault is sealed keeps it alive.
pub struct SealingKey {
    key: DerivingKey,
    instance: InstanceId,
    purpose: &'static str,
}

/// Why nothing was sealed.
#[derive(Debug, Error)]
pub enum SealingError {
    /// There is no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The cryptographic library refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl From<SealingError> for Fault {
    fn from(error: SealingError) -> Self {
        Self::internal(error)
    }
}

impl SealingKey {
    /// `key` must have been derived for `purpose` alone.
    pub(crate) fn new(
        key: DerivingKey,
        instance: InstanceId,
        purpose: &'static str,
    ) -> Result<Self, CryptoError> {
        if purpose.len() > MAX_KEY {
            return Err(CryptoError);
        }
        Ok(Self { key, instance, purpose })
    }

    /// Seals `plain`, to be opened in `namespace` of this vault and nowhere else.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn seal(
        &self,
        namespace: NamespaceId,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealingError> {
        let sealed = record::seal((TERM, &self.key), &self.place(namespace), &[plain], entropy);
        sealed.map(|(bytes, _)| bytes).map_err(|error| match error {
            SealError::Entropy(error) => error.into(),
            SealError::Crypto(error) => error.into(),
        })
    }

    /// Opens what [`SealingKey::seal`] made; nothing for any other bytes.
    pub fn open(&self, namespace: NamespaceId, sealed: &[u8]) -> Option<Secret<Vec<u8>>> {
        let find = |term| (term == TERM).then_some(&self.key);
        let (mut plain, _) = record::open(find, &self.place(namespace), sealed).ok()?;
        Some(Secret::new(std::mem::take(&mut *plain)))
    }

    fn place(&self, namespace: NamespaceId) -> Place<'_> {
        Place {
            kind: KIND,
            instance: &self.instance,
            namespace: namespace.0,
            table: KIND,
            version: 0,
            key: self.purpose.as_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KEY;
    use kvd_types::SystemEntropy;
    use proptest::prelude::*;

    fn key(seed: u8, instance: u8, purpose: &'static str) -> SealingKey {
        SealingKey::new(DerivingKey::new(&[seed; KEY]), [instance; 16], purpose).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_vault_namespace_and_purpose_only() {
        let token = key(1, 1, "token");
        let sealed = token.seal(NamespaceId::ROOT, b"plain", &SystemEntropy).unwrap();
        let open = |key: &SealingKey, namespace| {
            key.open(NamespaceId(namespace), &sealed).map(|s| s.expose().clone())
        };
        assert_eq!(open(&token, 0).as_deref(), Some(&b"plain"[..]));
        assert_eq!(open(&token, 1), None);
        for other in [key(2, 1, "token"), key(1, 2, "token"), key(1, 1, "other")] {
            assert_eq!(open(&other, 0), None);
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let key = key(1, 1, "token");
        let sealed = key.seal(NamespaceId::ROOT, b"plain", &SystemEntropy).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(NamespaceId::ROOT, &changed).is_none(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_in_peace(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(key(1, 1, "token").open(NamespaceId::ROOT, &bytes).is_none());
        }
    }
}
