//! A store whose commits fail when a test says so.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use kvd_storage::{MemoryStore, Peek, Store, StoreError, Table, TxWork};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A store in memory that refuses one commit, which then has no effect.
pub struct FaultyStore {
    inner: MemoryStore,
    /// How many commits still go through; below zero when none is to fail.
    left: AtomicI64,
}

impl FaultyStore {
    /// One that works.
    ///
    /// # Panics
    /// When the store cannot be set up.
    pub fn new() -> Arc<Self> {
        #[expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]
        let inner = MemoryStore::in_memory().unwrap();
        Arc::new(Self { inner, left: AtomicI64::new(-1) })
    }

    /// Lets `commits` more go through and refuses the one after them.
    pub fn fail_after(&self, commits: i64) {
        self.left.store(commits, Ordering::SeqCst);
    }

    /// Lets all go through again; says whether one was refused.
    pub fn heal(&self) -> bool {
        self.left.swap(-1, Ordering::SeqCst) < 0
    }
}

impl Store for FaultyStore {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.inner.peek(table, key)
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.inner.get(table, key)
    }

    fn scan<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        self.inner.scan(table, prefix, after, limit)
    }

    fn transact(&self, work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        // At zero the count goes to -1 with the refusal, and all later commits go through.
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| (n >= 0).then_some(n - 1));
        if left == Ok(0) {
            let source = std::io::Error::other("no space left on device").into();
            return Box::pin(async { Err(StoreError::Commit { source }) });
        }
        self.inner.transact(work)
    }
}
