//! A store that fails when a test wants it to, around any other store.

use crate::faults::{CommitFault, Faults, Ordered};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use kvd_storage::{Peek, Record, Store, StoreError, Table, Tx, TxWork, Verdict};
use std::sync::Arc;

/// Passes everything on, except what [`Faults`] says is to fail; it never stops on its own, whatever fails.
///
/// For a store that stops after a failed flush as a real one does, see [`crate::FaultEngine`].
pub struct FaultStore {
    inner: Arc<dyn Store>,
    faults: Faults,
}

impl FaultStore {
    /// Puts the plan `faults` around `inner`.
    pub fn new(inner: Arc<dyn Store>, faults: Faults) -> Self {
        Self { inner, faults }
    }

    fn read(&self, table: Table) -> Result<(), StoreError> {
        self.faults.read().map_err(|ordered| StoreError::Read { table, source: Box::new(ordered) })
    }
}

impl Store for FaultStore {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.read(table)?;
        self.inner.peek(table, key)
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(async move {
            self.read(table)?;
            self.inner.get(table, key).await
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
            self.read(table)?;
            self.inner.scan(table, prefix, after, limit).await
        })
    }

    fn transact(&self, mut work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let lost = Err(StoreError::Commit { source: Box::new(Ordered) });
            match self.faults.commit() {
                None => self.inner.transact(work).await,
                Some(CommitFault::Unanswered) => self.inner.transact(work).await.and(lost),
                // The work runs all the same, as it does when the flush fails that comes after it.
                Some(CommitFault::Refused | CommitFault::Failed) => {
                    let fruitless = move |tx: &mut dyn Tx| work(tx).map(|_| Verdict::Abandon);
                    self.inner.transact(Box::new(fruitless)).await.and(lost)
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_storage::MemoryStore;

    async fn put(store: &FaultStore, value: &'static str) -> Result<(), StoreError> {
        let work = move |tx: &mut dyn Tx| {
            tx.put(Table::Heads, Bytes::from("key"), Bytes::from(value));
            Ok(Verdict::Commit)
        };
        store.transact(Box::new(work)).await
    }

    #[tokio::test]
    async fn exactly_the_ordered_commit_fails() {
        for (order, expected) in [
            (Faults::refuse_commit as fn(&Faults, u64), "1"),
            (Faults::fail_commit, "1"),
            (Faults::lose_answer, "2"),
        ] {
            let faults = Faults::default();
            let store = FaultStore::new(Arc::new(MemoryStore::in_memory().unwrap()), faults.clone());
            order(&faults, 2);
            put(&store, "1").await.unwrap();
            assert!(matches!(put(&store, "2").await, Err(StoreError::Commit { .. })));
            assert_eq!(store.get(Table::Heads, b"key").await.unwrap(), Some(Bytes::from(expected)));
            put(&store, "3").await.unwrap();
        }
    }

    #[tokio::test]
    async fn exactly_the_ordered_read_fails() {
        let faults = Faults::default();
        let store = FaultStore::new(Arc::new(MemoryStore::in_memory().unwrap()), faults.clone());
        faults.fail_read(2);
        assert!(store.get(Table::Heads, b"key").await.is_ok());
        assert!(matches!(store.peek(Table::Heads, b"key"), Err(StoreError::Read { .. })));
        assert!(store.scan(Table::Heads, b"", None, 1).await.is_ok());
    }
}
