//! The seam to what keeps bytes: ordered keys, sealed values, transactions.

use crate::StoreError;
use bytes::Bytes;
use futures_util::future::BoxFuture;

/// The tables of a store; a transaction may touch several and is one whole all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// Small records: the heads of secrets, folders, and the records of engines.
    Heads = 1,
    /// Large records: the bodies of versions.
    Bodies = 2,
    /// Tokens and their indexes.
    Tokens = 3,
    /// Leases and their index by expiry.
    Leases = 4,
    /// The vault's own records.
    System = 5,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 5] = [Self::Heads, Self::Bodies, Self::Tokens, Self::Leases, Self::System];

    /// The name of the table's column family, or whatever a store calls its parts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Bodies => "bodies",
            Self::Tokens => "tokens",
            Self::Leases => "leases",
            Self::System => "system",
        }
    }

    /// The place of the table in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize - 1
    }
}

/// What can be said of a key without waiting for a disk.
#[derive(Debug)]
pub enum Peek<T> {
    /// The present value, or the certainty that there is none.
    Known(Option<T>),
    /// Only the disk can tell.
    OnDisk,
}

/// What becomes of a transaction once its work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All its changes take effect, at once.
    Commit,
    /// None of them does.
    Abandon,
}

/// The work of a transaction. It may run more than once, so it must set its results rather than add to them.
pub type TxWork = Box<dyn FnMut(&mut dyn Tx) -> Result<Verdict, StoreError> + Send>;

/// An ordered store of sealed values.
///
/// # To ensure correctness
/// - Transactions take effect one after another: each sees all changes of those before it, and nobody sees one
///   half done, not even after a crash.
/// - [`Store::transact`] returns `Ok` only when the changes are on stable storage and every later read sees them.
/// - When making a group durable fails, none of its members took effect, and a store that cannot be sure of that
///   answers [`StoreError::Stopped`] from then on.
pub trait Store: Send + Sync + 'static {
    /// The value of a key if that can be told without waiting for a disk.
    ///
    /// # Errors
    /// When reading fails.
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError>;

    /// The value of a key.
    ///
    /// # Errors
    /// When reading fails.
    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;

    /// Up to `limit` keys that start with `prefix`, in order, with their values; those after the key `after` if one is given.
    ///
    /// # Errors
    /// When reading fails.
    fn scan<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(Bytes, Bytes)>, StoreError>>;

    /// A number that is another one once keys have come or gone that start with `prefix`: whoever reads it, then the
    /// keys, and later finds the number unchanged, knows that the keys are the same. None from a store that cannot
    /// tell, or for a prefix of less than [`GROUP_BYTES`](crate::GROUP_BYTES). Without waiting for anything.
    fn epoch(&self, _table: Table, _prefix: &[u8]) -> Option<u64> {
        None
    }

    /// Runs `work` and makes its changes durable, together with those of others that wait.
    ///
    /// # Errors
    /// When the work fails, or when its changes cannot be made durable.
    fn transact(&self, work: TxWork) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// What the work of a transaction sees: the committed state, and its own changes on top.
pub trait Tx {
    /// The value of a key.
    ///
    /// # Errors
    /// When reading fails.
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// As [`Store::scan`].
    ///
    /// # Errors
    /// When reading fails.
    fn scan(
        &mut self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError>;

    /// Sets the value of a key.
    fn put(&mut self, table: Table, key: Bytes, value: Bytes);

    /// Removes a key, if it is there.
    fn delete(&mut self, table: Table, key: Bytes);

    /// Removes all keys that start with `prefix`, at a cost that does not grow with their number.
    fn delete_prefix(&mut self, table: Table, prefix: Bytes);
}
