//! The seam to whoever stores things: readable names, plain values, one part of the store.

use crate::{Names, Peek, StoreError, Table, Verdict};
use futures_util::future::BoxFuture;
use kvd_types::{Fault, Secret};
use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;

/// The place of a record, in words that never reach the store.
///
/// Records of one folder lie together, so that a folder can be listed at the cost of its direct members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot<'a> {
    /// The table.
    pub table: Table,
    /// The folder: empty, or ending in a slash.
    pub folder: &'a str,
    /// The name in the folder; one that ends in a slash is a folder's marker.
    pub name: &'a str,
    /// Which version of the record; 0 for records that have no versions. It stands readable in the stored key.
    pub version: u64,
}

impl<'a> Slot<'a> {
    /// The record at `path` of a tree: `a/b/c` is the name `c` in the folder `a/b/`.
    pub fn at(table: Table, path: &'a str) -> Self {
        let cut = path.trim_end_matches('/').rfind('/').map_or(0, |i| i + 1);
        Self { table, folder: &path[..cut], name: &path[cut..], version: 0 }
    }

    /// A version of the record.
    #[must_use]
    pub fn version(self, version: u64) -> Self {
        Self { version, ..self }
    }
}

/// Tells one sealing of a record from every other; holding it elsewhere shows later that the record is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(pub [u8; 8]);

/// What the owner of a record has worked out of it and wants to find again with it. It stays in memory, unsealed, so it
/// must hold nothing that is secret.
pub type Note = Arc<dyn Any + Send + Sync>;

/// A record that was opened.
#[derive(Debug)]
pub struct Opened {
    /// What was stored.
    pub plain: Secret<Vec<u8>>,
    /// Which sealing it was.
    pub stamp: Stamp,
}

/// Which part of a listing is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page<'a> {
    /// Only names after this one.
    pub after: Option<&'a str>,
    /// At most so many names.
    pub limit: Option<usize>,
}

/// The names in a folder, sorted by their bytes; folders end in a slash.
pub type Listing = Vec<String>;

/// What can go wrong in a view; never with names or values in it.
#[derive(Debug, Error)]
pub enum ViewError {
    /// The store below failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is not what was stored there: damaged, moved, or put back from an older time.
    #[error("a record in table {table:?} does not open: {reason}")]
    Tampered {
        /// Where.
        table: Table,
        /// What does not fit.
        reason: &'static str,
    },
    /// There is no randomness to seal with.
    #[error(transparent)]
    Entropy(#[from] kvd_types::EntropyError),
    /// A record is not of the form that its owner writes.
    #[error("a record of {what} has an unknown form")]
    Malformed {
        /// Whose record.
        what: &'static str,
    },
    /// The vault was sealed in the meantime.
    #[error("the vault is sealed")]
    Sealed,
    /// The transaction was one with that of others, and another one of them refused.
    #[error("another part of the transaction failed")]
    Abandoned,
}

/// A caller learns that the vault is sealed or that the server failed, and nothing more.
impl From<ViewError> for Fault {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Sealed => Self::sealed(),
            ViewError::Abandoned => Self::invalid("another part of the transaction failed").caused_by(error),
            ViewError::Store(_)
            | ViewError::Tampered { .. }
            | ViewError::Entropy(_)
            | ViewError::Malformed { .. } => Self::internal(error),
        }
    }
}

/// One part of the store, opened.
pub trait View: Send + Sync {
    /// The record in `slot` if that can be told without waiting for a disk.
    ///
    /// # Errors
    /// When reading fails or the record does not open.
    fn peek(&self, slot: Slot<'_>) -> Result<Peek<Opened>, ViewError>;

    /// The record in `slot`.
    ///
    /// # Errors
    /// When reading fails or the record does not open.
    fn get<'a>(&'a self, slot: Slot<'a>) -> BoxFuture<'a, Result<Option<Opened>, ViewError>>;

    /// Whether there is a record in `slot`, without opening it, if that can be told without waiting for a disk.
    ///
    /// # Errors
    /// When reading fails.
    fn peek_presence(&self, slot: Slot<'_>) -> Result<Peek<()>, ViewError>;

    /// What was noted of the record in `slot`, which has no versions, if it is still the same sealing. The record itself
    /// is not opened. There may be none at any time.
    ///
    /// # Errors
    /// When reading fails.
    fn note(&self, slot: Slot<'_>) -> Result<Option<Note>, ViewError>;

    /// Notes something of the sealing `stamp` of the record in `slot`, in place of what was noted there.
    fn set_note(&self, slot: Slot<'_>, stamp: Stamp, note: Note);

    /// The names in `folder`, those of folders among them; versions other than 0 are not names.
    ///
    /// # Errors
    /// When reading fails or a record does not open.
    fn list<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Listing, ViewError>>;

    /// As [`View::list`], in a form that does not grow with each name and may be shared with others who list.
    ///
    /// # Errors
    /// When reading fails or a record does not open.
    fn names<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Names, ViewError>> {
        Box::pin(async move { Ok(self.list(table, folder, page).await?.into_iter().collect()) })
    }

    /// The names in `folder` with their records (folder markers have empty ones), sorted.
    ///
    /// # Errors
    /// When reading fails or a record does not open.
    fn list_records<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Opened)>, ViewError>>;

    /// Runs `work` and makes its changes durable as one whole; [`transact`] is the form with a result.
    ///
    /// # Errors
    /// When the work fails, or when its changes cannot be made durable; then it took no effect.
    fn transact(&self, work: ViewWork) -> BoxFuture<'_, Result<(), ViewError>>;
}

/// The record in `slot`: from memory where it can be told at once, else from the disk.
///
/// # Errors
/// When reading fails or the record does not open.
pub async fn fetch(view: &dyn View, slot: Slot<'_>) -> Result<Option<Opened>, ViewError> {
    match view.peek(slot)? {
        Peek::Known(record) => Ok(record),
        Peek::OnDisk => view.get(slot).await,
    }
}

/// Whether there is a record in `slot`, which is in memory afterwards.
///
/// # Errors
/// When reading fails, or the record comes from the disk and does not open.
pub async fn contains(view: &dyn View, slot: Slot<'_>) -> Result<bool, ViewError> {
    match view.peek_presence(slot)? {
        Peek::Known(present) => Ok(present.is_some()),
        Peek::OnDisk => Ok(view.get(slot).await?.is_some()),
    }
}

/// The work of a transaction on a view. It may run more than once.
pub type ViewWork = Box<dyn FnMut(&mut dyn ViewTx) -> Result<Verdict, ViewError> + Send>;

/// What the work of a transaction sees of its view.
pub trait ViewTx {
    /// The record in `slot`, own changes included.
    ///
    /// # Errors
    /// When reading fails or the record does not open.
    fn get(&mut self, slot: Slot<'_>) -> Result<Option<Opened>, ViewError>;

    /// Seals `plain` into `slot`.
    ///
    /// # Errors
    /// When there is no randomness to seal with.
    fn put(&mut self, slot: Slot<'_>, plain: &[u8]) -> Result<Stamp, ViewError>;

    /// Removes the record in `slot`, if it is there.
    fn delete(&mut self, slot: Slot<'_>);

    /// Makes the folders around `slot` appear in listings; to be called when a record of a tree is new.
    ///
    /// # Errors
    /// When reading fails or there is no randomness.
    fn link(&mut self, slot: Slot<'_>) -> Result<(), ViewError>;

    /// Makes the folders around `slot` that hold nothing more disappear; to be called when a record of a tree was deleted.
    ///
    /// # Errors
    /// When reading fails.
    fn unlink(&mut self, slot: Slot<'_>) -> Result<(), ViewError>;

    /// The names in `folder`, own changes included.
    ///
    /// # Errors
    /// When reading fails or a record does not open.
    fn list(&mut self, table: Table, folder: &str, page: Page<'_>) -> Result<Listing, ViewError>;

    /// At most `limit` of the names in `folder`, in no order: the cost does not grow with what else the folder holds.
    ///
    /// # Errors
    /// When reading fails or a record does not open.
    fn some(&mut self, table: Table, folder: &str, limit: usize) -> Result<Listing, ViewError>;

    /// Removes all versions other than 0 of the record `slot`, at a cost that does not grow with their number.
    fn delete_versions(&mut self, slot: Slot<'_>);

    /// Removes everything in the view.
    fn clear(&mut self);
}

/// Runs `work` on `view` as one transaction: its changes take effect if and only if it returns `Ok`.
///
/// # Errors
/// The error of `work`, or that of the store.
pub async fn transact<T, E>(
    view: &dyn View,
    mut work: impl FnMut(&mut dyn ViewTx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<ViewError> + Send + 'static,
{
    let outcome: Arc<Mutex<Option<Result<T, E>>>> = Arc::new(Mutex::new(None));
    let place = Arc::clone(&outcome);
    let committed = view
        .transact(Box::new(move |tx| {
            let result = work(tx);
            let verdict = if result.is_ok() { Verdict::Commit } else { Verdict::Abandon };
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            Ok(verdict)
        }))
        .await;
    let result = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (committed, result) {
        (Err(e), _) => Err(e.into()),
        (Ok(()), Some(result)) => result,
        (Ok(()), None) => Err(ViewError::Store(StoreError::Closed).into()),
    }
}
