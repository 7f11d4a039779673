//! The seam below the committer: what a blocking, embedded engine has to offer.

use crate::{Changes, KeyRange, Peek, StoreError, Table};
use bytes::Bytes;
use thiserror::Error;

/// A key with its value.
pub type Record = (Bytes, Bytes);

/// The cause of a failure, as the engine tells it; never with keys or values in it.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a batch was not applied.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// Nothing was written and nothing will be: the store goes on.
    #[error("the batch was refused")]
    Refused(#[source] Cause),
    /// What reached the disk is unknown: the store must stop.
    #[error("the batch failed")]
    Failed(#[source] Cause),
}

/// An embedded engine: ordered tables of bytes. All calls may block.
///
/// # To ensure correctness
/// - Only one thread calls [`Backend::apply`]; the other calls come from any thread at any time.
/// - A reader sees a batch wholly or not at all, and once one reader has seen it, all readers that begin later do.
/// - No reader sees a batch that is not yet on stable storage.
pub trait Backend: Send + Sync + 'static {
    /// The value of a key if that can be told without waiting for a disk.
    ///
    /// # Errors
    /// When reading fails.
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError>;

    /// The value of a key.
    ///
    /// # Errors
    /// When reading fails.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// The first `limit` records of a range, in order, if they can be told without waiting for a disk or for long.
    ///
    /// # Errors
    /// When reading fails.
    fn peek_scan(
        &self,
        table: Table,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Option<Vec<Record>>, StoreError>;

    /// The first `limit` records of a range, in order, all as of one moment.
    ///
    /// # Errors
    /// When reading fails.
    fn scan(&self, table: Table, range: &KeyRange, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// The keys of a range if they are at most `few` and take little time to find.
    ///
    /// # Errors
    /// When reading fails.
    fn few_keys(&self, table: Table, range: &KeyRange, few: usize) -> Result<Option<Vec<Bytes>>, StoreError> {
        let records = self.scan(table, range, few + 1)?;
        let are_few = records.len() <= few;
        Ok(are_few.then(|| records.into_iter().map(|(key, _)| key).collect()))
    }

    /// As [`crate::Store::epoch`].
    fn epoch(&self, _table: Table, _prefix: &[u8]) -> Option<u64> {
        None
    }

    /// Makes all changes durable and then visible, as one whole; returns when both are done.
    ///
    /// # Errors
    /// When they could not be made durable; the kind of the error says whether the engine is still to be trusted.
    fn apply(&self, changes: &Changes) -> Result<(), ApplyError>;
}
