//! A store out of an embedded engine and a committer.

use crate::{
    Backend, Counters, KeyRange, Peek, Record, Store, StoreError, Table, TxWork, committer::Committer,
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// An engine of this process with a committer in front of it: reads go to the engine, writes to the committer.
///
/// Dropping it answers all works that wait, ends the committer, and then closes the engine.
pub struct EmbeddedStore<B> {
    // Before the engine, so that it is dropped first and the engine is closed at rest.
    committer: Committer,
    backend: Arc<B>,
}

impl<B: Backend> EmbeddedStore<B> {
    /// Starts a committer for `backend`, which nobody else may change from now on.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn new(backend: B) -> Result<Self, StoreError> {
        let backend = Arc::new(backend);
        Ok(Self { committer: Committer::start(Arc::clone(&backend))?, backend })
    }

    /// The engine.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// What the committer has done so far.
    pub fn counters(&self) -> Counters {
        self.committer.counters()
    }
}

impl<B: Backend> Store for EmbeddedStore<B> {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.committer.check()?;
        self.backend.peek(table, key)
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(async move {
            match self.peek(table, key)? {
                Peek::Known(value) => Ok(value),
                Peek::OnDisk => {
                    let key = Bytes::copy_from_slice(key);
                    self.wait_for_disk(move |backend| backend.get(table, &key)).await
                }
            }
        })
    }

    fn scan<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Record>, StoreError>> {
        Box::pin(async move {
            self.committer.check()?;
            let range = KeyRange::of(prefix, after);
            if range.is_empty() {
                return Ok(Vec::new());
            }
            match self.backend.peek_scan(table, &range, limit)? {
                Some(records) => Ok(records),
                None => self.wait_for_disk(move |backend| backend.scan(table, &range, limit)).await,
            }
        })
    }

    fn epoch(&self, table: Table, prefix: &[u8]) -> Option<u64> {
        // A store that has stopped knows nothing for certain.
        self.committer.check().ok()?;
        self.backend.epoch(table, prefix)
    }

    fn transact(&self, work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.committer.transact(work))
    }
}

impl<B: Backend> EmbeddedStore<B> {
    /// Reads on a thread that may block, so that no worker of the runtime stands still meanwhile.
    async fn wait_for_disk<T: Send + 'static>(
        &self,
        read: impl FnOnce(&B) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let backend = Arc::clone(&self.backend);
        let value =
            tokio::task::spawn_blocking(move || read(&backend)).await.map_err(|_| StoreError::Closed)??;
        // A flush may have failed in the meantime, and what was read may be what it left.
        self.committer.check()?;
        Ok(value)
    }
}
