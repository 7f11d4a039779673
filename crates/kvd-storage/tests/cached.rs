//! The cache takes the exam in front of an engine that gives every race all the time it wants.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use bytes::Bytes;
use kvd_storage::{
    ApplyError, Backend, Cached, Changes, EmbeddedStore, KeyRange, Memory, Peek, Record, Store, StoreError,
    Table, Tx, Verdict, suite,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// An engine that always waits for its disk, and dawdles after each look at it.
#[derive(Default)]
struct Slow {
    memory: Memory,
    reads: AtomicU64,
}

impl Slow {
    /// Gives the processor away a few times, each call another few.
    fn dawdle(&self) {
        let turns = self.reads.fetch_add(1, Ordering::Relaxed) % 4;
        (0..turns).for_each(|_| std::thread::yield_now());
    }
}

impl Backend for Slow {
    fn peek(&self, _: Table, _: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        Ok(Peek::OnDisk)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let value = self.memory.get(table, key);
        self.dawdle();
        value
    }

    fn peek_scan(&self, _: Table, _: &KeyRange, _: usize) -> Result<Option<Vec<Record>>, StoreError> {
        Ok(None)
    }

    fn scan(&self, table: Table, range: &KeyRange, limit: usize) -> Result<Vec<Record>, StoreError> {
        let records = self.memory.scan(table, range, limit);
        self.dawdle();
        records
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        self.dawdle();
        self.memory.apply(changes)?;
        self.dawdle();
        Ok(())
    }
}

fn store(cache_bytes: usize) -> Arc<EmbeddedStore<Cached<Slow>>> {
    Arc::new(EmbeddedStore::new(Cached::new(Slow::default(), cache_bytes)).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_large_cache_passes() {
    suite::run(|| store(64 << 20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tiny_cache_passes() {
    suite::run(|| store(4 << 10)).await;
}

#[tokio::test]
async fn a_record_is_read_from_the_disk_once() {
    let store = store(1 << 20);
    let reads = || store.backend().backend().reads.load(Ordering::Relaxed);
    for key in ["here", "nowhere"] {
        let before = reads();
        store.get(Table::Heads, key.as_bytes()).await.unwrap();
        assert_eq!(reads() - before, 1, "{key}");
        let again = store.peek(Table::Heads, key.as_bytes()).unwrap();
        assert!(matches!(again, Peek::Known(None)), "{key}: {again:?}");
        assert_eq!(reads() - before, 1, "{key}");
    }
}

#[tokio::test]
async fn what_was_written_is_known_without_the_disk() {
    let store = store(1 << 20);
    let work = |tx: &mut dyn Tx| {
        tx.put(Table::Heads, Bytes::from("a"), Bytes::from("1"));
        tx.delete(Table::Heads, Bytes::from("b"));
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(work)).await.unwrap();
    for (key, expected) in [("a", Some("1")), ("b", None)] {
        let peeked = store.peek(Table::Heads, key.as_bytes()).unwrap();
        assert!(
            matches!(&peeked, Peek::Known(value) if value.as_deref() == expected.map(str::as_bytes)),
            "{peeked:?}"
        );
    }
}

#[tokio::test]
async fn a_removed_prefix_of_many_keys_is_forgotten_too() {
    let store = store(16 << 20);
    let key = |number: u32| Bytes::from(format!("many/{number}"));
    let fill = move |tx: &mut dyn Tx| {
        (0..2000).for_each(|number| tx.put(Table::Heads, key(number), Bytes::from("1")));
        tx.put(Table::Heads, Bytes::from("other"), Bytes::from("1"));
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(fill)).await.unwrap();
    let remove = |tx: &mut dyn Tx| {
        tx.delete_prefix(Table::Heads, Bytes::from("many/"));
        tx.put(Table::Heads, Bytes::from("many/7"), Bytes::from("2"));
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(remove)).await.unwrap();
    for number in 0..2000 {
        let expected = (number == 7).then(|| Bytes::from("2"));
        assert_eq!(store.get(Table::Heads, &key(number)).await.unwrap(), expected, "{number}");
    }
    assert!(
        matches!(store.peek(Table::Heads, b"other").unwrap(), Peek::Known(Some(_))),
        "it was cached and stays so"
    );
}
