//! Records of views: `content | name | length of the name 4 BE`, sealed for one slot.
//!
//! The name stands behind the content so that opening gives the content where it lies, by cutting off its end.

use crate::{
    error::CryptoError,
    keyring::Keyring,
    memo::LastKey,
    names::StoredKey,
    record::{self, InstanceId, OVERHEAD, Place, SealError},
};
use bytes::Bytes;
use kvd_storage::{Opened, Stamp, StoreError, Table, ViewError};
use kvd_types::{Entropy, NamespaceId, Secret};
use std::sync::atomic::Ordering::Relaxed;
use zeroize::Zeroizing;

/// How many bytes longer than content and name a record is.
pub(crate) const ENTRY_OVERHEAD: usize = OVERHEAD + 4;

/// Where a record lies, in words of the store.
pub(crate) struct At<'a> {
    pub(crate) namespace: NamespaceId,
    pub(crate) table: Table,
    pub(crate) version: u64,
    pub(crate) key: &'a [u8],
}

/// Seals and opens the records of a vault.
pub(crate) struct Sealer<'a> {
    pub(crate) keyring: &'a Keyring,
    pub(crate) instance: &'a InstanceId,
}

impl Sealer<'_> {
    pub(crate) fn seal(
        &self,
        at: &At<'_>,
        name: &str,
        content: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<(Bytes, Stamp), ViewError> {
        let length = u32::try_from(name.len()).map_err(|_| not_sealed(CryptoError.into()))?;
        let (term, key) = self.keyring.active().ok_or(ViewError::Sealed)?;
        term.counter.encryptions.fetch_add(1, Relaxed);
        let parts = [content, name.as_bytes(), &length.to_be_bytes()];
        let (sealed, stamp) =
            record::seal((term.number, key), &self.place(at), &parts, entropy).map_err(not_sealed)?;
        debug_assert_eq!(sealed.len(), content.len() + name.len() + ENTRY_OVERHEAD);
        Ok((Bytes::from(sealed), Stamp(stamp)))
    }

    /// Opens a record whose name is known; `last` keeps its key for the next time.
    pub(crate) fn open(
        &self,
        at: &At<'_>,
        name: &str,
        sealed: &[u8],
        last: &LastKey,
    ) -> Result<Opened, ViewError> {
        let (mut plain, stamp) = self.open_plain(at, sealed, last)?;
        let found = split_name(&plain).filter(|(_, found)| *found == name.as_bytes());
        let end = found.map(|(end, _)| end).ok_or_else(|| tampered(at.table, "it has another name"))?;
        plain.truncate(end);
        Ok(Opened { plain: into_secret(plain), stamp: Stamp(stamp) })
    }

    /// Opens a record that says its name.
    pub(crate) fn open_named(&self, at: &At<'_>, sealed: &[u8]) -> Result<(String, Opened), ViewError> {
        let (mut plain, stamp) = self.open_plain(at, sealed, &LastKey::default())?;
        let found =
            split_name(&plain).and_then(|(end, name)| Some((end, str::from_utf8(name).ok()?.to_owned())));
        let (end, name) = found.ok_or_else(|| tampered(at.table, "it has no name"))?;
        plain.truncate(end);
        Ok((name, Opened { plain: into_secret(plain), stamp: Stamp(stamp) }))
    }

    /// Opens a record that says its name for nothing but that, in `room`, which is used again and again.
    pub(crate) fn open_name<'r>(
        &self,
        at: &At<'_>,
        sealed: &[u8],
        room: &'r mut Zeroizing<Vec<u8>>,
    ) -> Result<&'r str, ViewError> {
        if room.capacity() < sealed.len() {
            *room = Zeroizing::new(Vec::with_capacity(2 * sealed.len()));
        }
        record::open_into(room, |term| self.keyring.key(term), &self.place(at), sealed, &LastKey::default())
            .map_err(|reason| tampered(at.table, reason))?;
        let name = split_name(room).and_then(|(_, name)| str::from_utf8(name).ok());
        name.ok_or_else(|| tampered(at.table, "it has no name"))
    }

    fn open_plain(
        &self,
        at: &At<'_>,
        sealed: &[u8],
        last: &LastKey,
    ) -> Result<(Zeroizing<Vec<u8>>, record::StampBytes), ViewError> {
        record::open_again(|term| self.keyring.key(term), &self.place(at), sealed, last)
            .map_err(|reason| tampered(at.table, reason))
    }

    fn place<'b>(&'b self, at: &At<'b>) -> Place<'b> {
        Place {
            kind: at.table as u8,
            instance: self.instance,
            namespace: at.namespace.0,
            table: at.table as u8,
            version: at.version,
            key: at.key,
        }
    }
}

/// Where the content ends, and the name behind it.
fn split_name(plain: &[u8]) -> Option<(usize, &[u8])> {
    let (rest, length) = plain.split_last_chunk()?;
    let end = rest.len().checked_sub(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some((end, &rest[end..]))
}

/// The same bytes, not a copy; what was cut off is wiped with them.
fn into_secret(mut plain: Zeroizing<Vec<u8>>) -> Secret<Vec<u8>> {
    Secret::new(std::mem::take(&mut *plain))
}

fn tampered(table: Table, reason: &'static str) -> ViewError {
    ViewError::Tampered { table, reason }
}

/// Why something was not sealed, in words of a view.
pub(crate) fn not_sealed(error: SealError) -> ViewError {
    match error {
        SealError::Entropy(error) => error.into(),
        SealError::Crypto(error) => StoreError::Commit { source: Box::new(error) }.into(),
    }
}

/// The bytes of a stored key, as transactions want them.
pub(crate) fn owned(key: &StoredKey) -> Bytes {
    Bytes::copy_from_slice(key.as_slice())
}
