//! RocksDB takes the exam.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use bytes::Bytes;
use futures_util::future::BoxFuture;
use kvd_storage::{Peek, Record, Store, StoreError, Table, TxWork, suite};
use kvd_storage_rocksdb::{Options, RocksStore};
use std::sync::Arc;
use tempfile::TempDir;

/// A store that takes its folder with it.
struct Temporary {
    store: RocksStore,
    _folder: TempDir,
}

impl Store for Temporary {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.store.peek(table, key)
    }
    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.store.get(table, key)
    }
    fn scan<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Record>, StoreError>> {
        self.store.scan(table, prefix, after, limit)
    }
    fn transact(&self, work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.transact(work)
    }
}

fn build(record_cache_bytes: usize) -> Arc<dyn Store> {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { record_cache_bytes, ..Options::default() };
    Arc::new(Temporary { store: RocksStore::open(folder.path(), &options).unwrap(), _folder: folder })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_with_a_cache_passes() {
    suite::run(|| build(Options::default().record_cache_bytes)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_without_a_cache_passes() {
    suite::run(|| build(0)).await;
}
