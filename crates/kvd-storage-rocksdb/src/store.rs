//! The store: RocksDB, a cache of records in front of it, and a committer.

use crate::{engine::Engine, options::Options};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use kvd_storage::{Cached, Counters, EmbeddedStore, Peek, Record, Store, StoreError, Table, TxWork};
use std::path::Path;

/// A store in a folder of this machine, which no other process can open meanwhile.
pub struct RocksStore(EmbeddedStore<Cached<Engine>>);

impl RocksStore {
    /// Opens the store in the folder `path`, and makes both if they are not there.
    ///
    /// # Errors
    /// [`StoreError::Open`] with an [`crate::OpenError`] inside.
    pub fn open(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let engine = Engine::open(path, options).map_err(|e| StoreError::Open { source: Box::new(e) })?;
        Ok(Self(EmbeddedStore::new(Cached::new(engine, options.record_cache_bytes))?))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.backend().backend().path()
    }

    /// What the committer has done so far.
    pub fn counters(&self) -> Counters {
        self.0.counters()
    }
}

impl Store for RocksStore {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.0.peek(table, key)
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.0.get(table, key)
    }

    fn scan<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Record>, StoreError>> {
        self.0.scan(table, prefix, after, limit)
    }

    fn epoch(&self, table: Table, prefix: &[u8]) -> Option<u64> {
        self.0.epoch(table, prefix)
    }

    fn transact(&self, work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.transact(work)
    }
}
