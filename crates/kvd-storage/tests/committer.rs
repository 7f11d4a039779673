//! The committer as its users see it: groups, failing works, failing flushes, closing.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use kvd_storage::{
    ApplyError, Backend, Changes, Counters, EmbeddedStore, KeyRange, Memory, Peek, Record, Store, StoreError,
    Table, Tx, TxWork, Verdict,
};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
    mpsc,
};

/// An engine in memory whose disk breaks or fills when told to.
#[derive(Default)]
struct Fragile {
    memory: Memory,
    mood: AtomicU8,
    /// Goes when the engine goes.
    alive: Arc<()>,
}

const FULL: u8 = 1;
const BROKEN: u8 = 2;

impl Backend for Fragile {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.memory.peek(table, key)
    }
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.memory.get(table, key)
    }
    fn peek_scan(
        &self,
        table: Table,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        self.memory.peek_scan(table, range, limit)
    }
    fn scan(&self, table: Table, range: &KeyRange, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.memory.scan(table, range, limit)
    }
    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        match self.mood.load(Ordering::SeqCst) {
            FULL => Err(ApplyError::Refused("no space".into())),
            BROKEN => Err(ApplyError::Failed("no disk".into())),
            _ => self.memory.apply(changes),
        }
    }
}

type TestStore = EmbeddedStore<Fragile>;

fn store() -> TestStore {
    EmbeddedStore::new(Fragile::default()).unwrap()
}

fn add(key: &'static str, verdict: Verdict) -> TxWork {
    Box::new(move |tx| {
        let number = number(tx.get(Table::Heads, key.as_bytes())?) + 1;
        tx.put(Table::Heads, Bytes::from(key), Bytes::from(number.to_string()));
        Ok(verdict)
    })
}

fn number(value: Option<Bytes>) -> u64 {
    value.map_or(0, |value| String::from_utf8_lossy(&value).parse().unwrap())
}

async fn read(store: &TestStore, key: &str) -> u64 {
    number(store.get(Table::Heads, key.as_bytes()).await.unwrap())
}

/// Runs all works as one group: the first holds the committer up until the last has been queued.
async fn run_as_group(store: &TestStore, works: Vec<TxWork>) -> Vec<Result<(), StoreError>> {
    let (release, gate) = mpsc::channel::<()>();
    let wait: TxWork = Box::new(move |_| {
        gate.recv().unwrap();
        Ok(Verdict::Abandon)
    });
    let mut all: Vec<BoxFuture<'_, Result<(), StoreError>>> = vec![store.transact(wait)];
    all.extend(works.into_iter().map(|work| store.transact(work)));
    all.push(Box::pin(async move {
        release.send(()).unwrap();
        Ok(())
    }));
    // Without the budget of the runtime, which would let the last go first.
    let mut answers = tokio::task::unconstrained(join_all(all)).await;
    answers.pop();
    answers.remove(0).ok();
    answers
}

fn counted(before: Counters, after: Counters) -> (u64, u64, u64) {
    (after.groups - before.groups, after.works - before.works, after.flushes - before.flushes)
}

#[tokio::test]
async fn works_that_wait_together_share_one_flush() {
    let store = store();
    let before = store.counters();
    let answers = run_as_group(&store, (0..200).map(|_| add("k", Verdict::Commit)).collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(read(&store, "k").await, 200);
    assert_eq!(counted(before, store.counters()), (1, 201, 1));
}

#[tokio::test]
async fn one_that_fails_does_not_hurt_its_group() {
    let store = store();
    let panicking: TxWork = Box::new(|tx: &mut dyn Tx| {
        tx.put(Table::Heads, Bytes::from("k"), Bytes::from("1000"));
        panic!("a work that panics");
    });
    let failing: TxWork = Box::new(|tx: &mut dyn Tx| {
        tx.delete_prefix(Table::Heads, Bytes::from(""));
        Err(StoreError::Closed)
    });
    let works = vec![
        add("k", Verdict::Commit),
        add("k", Verdict::Abandon),
        panicking,
        failing,
        add("k", Verdict::Commit),
    ];
    let answers = run_as_group(&store, works).await;
    assert!(answers[0].is_ok() && answers[1].is_ok() && answers[4].is_ok(), "{answers:?}");
    assert!(matches!(answers[2], Err(StoreError::Panicked)), "{answers:?}");
    assert!(matches!(answers[3], Err(StoreError::Closed)), "{answers:?}");
    assert_eq!(read(&store, "k").await, 2);
}

#[tokio::test]
async fn a_work_sees_what_its_group_did_before_it() {
    let store = store();
    let clear: TxWork = Box::new(|tx: &mut dyn Tx| {
        tx.delete_prefix(Table::Heads, Bytes::from("k"));
        Ok(Verdict::Commit)
    });
    let look: TxWork = Box::new(|tx: &mut dyn Tx| {
        assert_eq!(number(tx.get(Table::Heads, b"k")?), 1);
        assert_eq!(tx.scan(Table::Heads, b"", None, 9)?.len(), 1);
        Ok(Verdict::Commit)
    });
    let works =
        vec![add("k", Verdict::Commit), add("k2", Verdict::Commit), clear, add("k", Verdict::Commit), look];
    assert!(run_as_group(&store, works).await.iter().all(Result::is_ok));
    assert_eq!(store.scan(Table::Heads, b"", None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn works_that_change_nothing_cost_no_flush() {
    let store = store();
    let before = store.counters();
    let answers =
        run_as_group(&store, vec![add("k", Verdict::Abandon), Box::new(|_| Ok(Verdict::Commit))]).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(counted(before, store.counters()), (1, 3, 0));
}

#[tokio::test]
async fn a_group_is_closed_when_it_is_large() {
    let store = store();
    let before = store.counters();
    let large = |number: u8| -> TxWork {
        Box::new(move |tx| {
            tx.put(Table::Bodies, Bytes::copy_from_slice(&[number]), Bytes::from(vec![0; 300_000]));
            Ok(Verdict::Commit)
        })
    };
    assert!(run_as_group(&store, (0..8).map(large).collect()).await.iter().all(Result::is_ok));
    assert_eq!(counted(before, store.counters()).2, 2);
}

#[tokio::test]
async fn after_a_failed_flush_everything_stops() {
    let store = store();
    store.transact(add("k", Verdict::Commit)).await.unwrap();
    store.backend().mood.store(BROKEN, Ordering::SeqCst);
    // The second changes nothing, but has read what is not going to be.
    let answers = run_as_group(&store, vec![add("k", Verdict::Commit), add("k", Verdict::Abandon)]).await;
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::Commit { .. })), "{answer:?}");
    }
    store.backend().mood.store(0, Ordering::SeqCst);
    assert!(matches!(store.transact(add("k", Verdict::Commit)).await, Err(StoreError::Stopped)));
    assert!(matches!(store.get(Table::Heads, b"k").await, Err(StoreError::Stopped)));
    assert!(matches!(store.peek(Table::Heads, b"k"), Err(StoreError::Stopped)));
    assert!(matches!(store.scan(Table::Heads, b"", None, 1).await, Err(StoreError::Stopped)));
}

#[tokio::test]
async fn a_refused_batch_has_no_effect_and_the_store_goes_on() {
    let store = store();
    store.transact(add("k", Verdict::Commit)).await.unwrap();
    store.backend().mood.store(FULL, Ordering::SeqCst);
    let refused = store.transact(add("k", Verdict::Commit)).await;
    assert!(matches!(refused, Err(StoreError::Commit { .. })), "{refused:?}");
    assert_eq!(read(&store, "k").await, 1);
    store.backend().mood.store(0, Ordering::SeqCst);
    store.transact(add("k", Verdict::Commit)).await.unwrap();
    assert_eq!(read(&store, "k").await, 2);
}

#[tokio::test]
async fn a_work_nobody_waits_for_does_not_run() {
    let store = store();
    let (release, gate) = mpsc::channel::<()>();
    let wait: TxWork = Box::new(move |_| {
        gate.recv().unwrap();
        Ok(Verdict::Abandon)
    });
    let mut held = store.transact(wait);
    assert!(futures_util::poll!(&mut held).is_pending());
    let mut given_up = store.transact(add("k", Verdict::Commit));
    assert!(futures_util::poll!(&mut given_up).is_pending());
    drop(given_up);
    release.send(()).unwrap();
    held.await.unwrap();
    store.transact(add("k", Verdict::Commit)).await.unwrap();
    assert_eq!(read(&store, "k").await, 1);
}

#[tokio::test]
async fn dropping_the_store_ends_its_thread_and_its_engine() {
    let store = store();
    store.transact(add("k", Verdict::Commit)).await.unwrap();
    let alive = Arc::clone(&store.backend().alive);
    drop(store);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[tokio::test]
async fn a_work_may_own_the_last_handle_of_its_store() {
    let store = Arc::new(store());
    let alive = Arc::downgrade(&store.backend().alive);
    let (release, gate) = mpsc::channel::<()>();
    let wait: TxWork = Box::new(move |_| {
        gate.recv().unwrap();
        Ok(Verdict::Abandon)
    });
    let own = Arc::clone(&store);
    let work: TxWork = Box::new(move |_| {
        own.peek(Table::Heads, b"k")?;
        Ok(Verdict::Commit)
    });
    let mut held = store.transact(wait);
    assert!(futures_util::poll!(&mut held).is_pending());
    let mut owner = store.transact(work);
    assert!(futures_util::poll!(&mut owner).is_pending());
    drop((held, owner));
    drop(store);
    release.send(()).unwrap();
    // The thread drops the engine once it has nothing left to do.
    while alive.strong_count() > 0 {
        tokio::task::yield_now().await;
    }
}
