//! What can go wrong with keys and seals; never with keys, shares or names in it.

use kvd_storage::StoreError;
use kvd_types::EntropyError;
use thiserror::Error;

/// The barrier cannot do what was asked.
#[derive(Debug, Error)]
pub enum BarrierError {
    /// There is no vault in this store.
    #[error("Vault is not initialized")]
    NotInitialized,
    /// There is a vault in this store, or the remains of one.
    #[error("Vault is already initialized")]
    AlreadyInitialized,
    /// The wanted number of shares makes no sense.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// A share is of a form that no share has.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The shares are well formed and do not belong to this vault.
    #[error("unseal failed, invalid key")]
    WrongShares,
    /// One of the vault's own records is not as it was written.
    #[error("the record {record} is damaged: {reason}")]
    Damaged {
        /// The key of the record.
        record: &'static str,
        /// What does not fit.
        reason: &'static str,
    },
    /// Two changes of the keys met; this one took no effect and may be tried again.
    #[error("the keys were changed by somebody else at the same time")]
    Conflict,
    /// The operating system does not let key pages be locked in memory.
    #[error("cannot lock the pages of keys in memory")]
    MemoryLock {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store below failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no randomness to make keys from.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The cryptographic library refused its input.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// A wish for shares that cannot be granted; the texts are those that clients of Vault know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParamsError {
    /// No shares.
    #[error("shares must be at least one")]
    NoShares,
    /// More than there are x-coordinates.
    #[error("shares must be less than 256")]
    TooManyShares,
    /// A threshold of nothing.
    #[error("threshold must be at least one")]
    NoThreshold,
    /// A threshold above what there are x-coordinates for.
    #[error("threshold must be less than 256")]
    HugeThreshold,
    /// A threshold that nobody could reach.
    #[error("threshold cannot be larger than shares")]
    ThresholdAboveShares,
    /// Several shares that are each the whole key.
    #[error("threshold must be greater than one for multiple shares")]
    ThresholdOfOne,
}

/// A share, or a set of them, that cannot be used; the texts are those that clients of Vault know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ShareError {
    /// Less than any key has.
    #[error("key is shorter than minimum {} bytes", crate::shamir::MIN_SHARE)]
    TooShort,
    /// More than any share has.
    #[error("key is longer than maximum {} bytes", crate::shamir::MAX_SHARE)]
    TooLong,
    /// One share says nothing.
    #[error("less than two parts cannot be used to reconstruct the secret")]
    TooFew,
    /// Shares of different keys.
    #[error("all parts must be the same length")]
    Lengths,
    /// The same point of the polynomial twice.
    #[error("duplicate part detected")]
    Duplicate,
    /// A share that claims to be the key itself.
    #[error("a part has the coordinate zero")]
    Zero,
}

/// The cryptographic library refused its input, which for inputs of the right size it never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the value is too large to seal")]
pub struct CryptoError;

impl From<ring::error::Unspecified> for CryptoError {
    fn from(_: ring::error::Unspecified) -> Self {
        Self
    }
}

impl From<crate::record::SealError> for BarrierError {
    fn from(error: crate::record::SealError) -> Self {
        match error {
            crate::record::SealError::Entropy(error) => Self::Entropy(error),
            crate::record::SealError::Crypto(error) => Self::Crypto(error),
        }
    }
}
