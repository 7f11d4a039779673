//! Identifiers that must not be mistaken for each other.

use crate::{Entropy, EntropyError};
use std::fmt;

/// Names one request in answers, audit lines and logs; prints as a version 4 UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(uuid::Uuid);

impl RequestId {
    /// A fresh id.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        draw_uuid(entropy).map(Self)
    }
}

/// The length of an id's text, in bytes.
pub const REQUEST_ID_BYTES: usize = 36;

impl RequestId {
    /// The text of the id, written into `buffer`.
    pub fn encode<'b>(&self, buffer: &'b mut [u8; REQUEST_ID_BYTES]) -> &'b str {
        self.0.as_hyphenated().encode_lower(buffer)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_hyphenated())
    }
}

/// A namespace, as it stands in stored keys; the root namespace is 0 and the only one so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespaceId(pub u32);

impl NamespaceId {
    /// The namespace that is always there.
    pub const ROOT: Self = Self(0);
}

/// The part of the store that belongs to one mount or one table of the vault's own.
///
/// Drawn at random when a mount is made, so that nothing of a removed mount can come back under the same path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewId(pub [u8; 8]);

impl ViewId {
    /// A fresh id; its first bit is set, which keeps it apart from the fixed views of the vault itself.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut id = [0; 8];
        entropy.fill(&mut id)?;
        id[0] |= 0x80;
        Ok(Self(id))
    }

    /// The view of one of the vault's own tables.
    pub const fn fixed(number: u8) -> Self {
        Self([0, 0, 0, 0, 0, 0, 0, number])
    }
}

fn draw_uuid(entropy: &dyn Entropy) -> Result<uuid::Uuid, EntropyError> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
