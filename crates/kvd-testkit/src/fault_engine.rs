//! An engine that fails when a test wants it to, to be put below a committer.

use crate::faults::{CommitFault, Faults, Ordered};
use bytes::Bytes;
use kvd_storage::{ApplyError, Backend, Changes, KeyRange, Peek, Record, StoreError, Table};

/// Passes everything on, except what [`Faults`] says is to fail.
///
/// `EmbeddedStore::new(FaultEngine::new(Memory::default(), faults))` is a store that stops when a commit fails.
pub struct FaultEngine<B> {
    inner: B,
    faults: Faults,
}

impl<B: Backend> FaultEngine<B> {
    /// Puts the plan `faults` around `inner`.
    pub fn new(inner: B, faults: Faults) -> Self {
        Self { inner, faults }
    }

    fn read(&self, table: Table) -> Result<(), StoreError> {
        self.faults.read().map_err(|ordered| StoreError::Read { table, source: Box::new(ordered) })
    }
}

impl<B: Backend> Backend for FaultEngine<B> {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.read(table)?;
        self.inner.peek(table, key)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.read(table)?;
        self.inner.get(table, key)
    }

    fn peek_scan(
        &self,
        table: Table,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        self.read(table)?;
        self.inner.peek_scan(table, range, limit)
    }

    fn scan(&self, table: Table, range: &KeyRange, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.read(table)?;
        self.inner.scan(table, range, limit)
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        match self.faults.commit() {
            None => self.inner.apply(changes),
            Some(CommitFault::Refused) => Err(ApplyError::Refused(Box::new(Ordered))),
            Some(CommitFault::Failed) => Err(ApplyError::Failed(Box::new(Ordered))),
            Some(CommitFault::Unanswered) => {
                self.inner.apply(changes)?;
                Err(ApplyError::Failed(Box::new(Ordered)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_storage::{EmbeddedStore, Memory, Store, Verdict};

    #[tokio::test]
    async fn a_store_on_it_stops_when_a_commit_fails() {
        let faults = Faults::default();
        let store = EmbeddedStore::new(FaultEngine::new(Memory::default(), faults.clone())).unwrap();
        let put = || -> kvd_storage::TxWork {
            Box::new(|tx| {
                tx.put(Table::Heads, Bytes::from("key"), Bytes::from("value"));
                Ok(Verdict::Commit)
            })
        };
        faults.refuse_commit(1);
        assert!(matches!(store.transact(put()).await, Err(StoreError::Commit { .. })));
        store.transact(put()).await.unwrap();
        faults.fail_commit(1);
        assert!(matches!(store.transact(put()).await, Err(StoreError::Commit { .. })));
        assert!(matches!(store.transact(put()).await, Err(StoreError::Stopped)));
    }
}
