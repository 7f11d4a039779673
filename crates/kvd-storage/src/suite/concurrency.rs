//! Many at once: no update is lost, no reader goes back in time, nobody sees half a transaction.

use crate::{Peek, Store, StoreError, Table, Tx, Verdict};
use bytes::Bytes;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::task::JoinSet;

const TASKS: u64 = 64;
const ROUNDS: u64 = 20;

pub(super) async fn run(build: &impl Fn() -> Arc<dyn Store>) {
    no_update_is_lost(build()).await;
    no_reader_goes_back_in_time(build()).await;
    nobody_sees_half_a_transaction(build()).await;
}

async fn no_update_is_lost(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                let failing = (task + round) % 7 == 0;
                let work = move |tx: &mut dyn Tx| {
                    for key in [task % 4, 100] {
                        let number = number(tx.get(Table::Heads, &key.to_be_bytes())?) + 1;
                        tx.put(Table::Heads, bytes(key), bytes(number));
                    }
                    // Those that change their mind must not count, whoever shares their group.
                    Ok(if failing { Verdict::Abandon } else { Verdict::Commit })
                };
                store.transact(Box::new(work)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let mut total = 0;
    for key in 0..4_u64 {
        total += number(store.get(Table::Heads, &key.to_be_bytes()).await.unwrap());
    }
    let counted =
        (0..TASKS).flat_map(|task| (0..ROUNDS).map(move |round| task + round)).filter(|n| n % 7 != 0);
    let counted = counted.count() as u64;
    assert_eq!(total, counted, "the counters of the groups");
    assert_eq!(
        number(store.get(Table::Heads, &100_u64.to_be_bytes()).await.unwrap()),
        counted,
        "the common counter"
    );
}

/// Each key counts up; whoever begins to read after a count was acknowledged must see at least that count.
async fn no_reader_goes_back_in_time(store: Arc<dyn Store>) {
    const KEYS: u64 = 8;
    let acknowledged: Arc<Vec<AtomicU64>> = Arc::new((0..KEYS).map(|_| AtomicU64::new(0)).collect());
    let over = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for reader in 0..16_u64 {
        let (store, acknowledged, over) = (Arc::clone(&store), Arc::clone(&acknowledged), Arc::clone(&over));
        readers.spawn(async move {
            let mut turn = reader;
            while !over.load(Ordering::Acquire) {
                let key = turn % KEYS;
                let least = acknowledged[key as usize].load(Ordering::Acquire);
                let seen = match store.peek(Table::Heads, &key.to_be_bytes()).unwrap() {
                    Peek::Known(value) => number(value),
                    Peek::OnDisk => number(store.get(Table::Heads, &key.to_be_bytes()).await.unwrap()),
                };
                assert!(seen >= least, "key {key}: read {seen} after {least} was acknowledged");
                // What one reader has seen, no later one may miss.
                acknowledged[key as usize].fetch_max(seen, Ordering::AcqRel);
                turn += 1;
                tokio::task::yield_now().await;
            }
        });
    }
    let mut writers = JoinSet::new();
    for key in 0..KEYS {
        let (store, acknowledged) = (Arc::clone(&store), Arc::clone(&acknowledged));
        writers.spawn(async move {
            for round in 1..=60_u64 {
                let work = move |tx: &mut dyn Tx| {
                    // Some rounds take the way of the prefix.
                    if round % 3 == 0 {
                        tx.delete_prefix(Table::Heads, bytes(key));
                    }
                    tx.put(Table::Heads, bytes(key), bytes(round));
                    Ok(Verdict::Commit)
                };
                store.transact(Box::new(work)).await.unwrap();
                acknowledged[key as usize].fetch_max(round, Ordering::AcqRel);
            }
        });
    }
    writers.join_all().await;
    over.store(true, Ordering::Release);
    readers.join_all().await;
}

/// Pairs of records always change together; a scan and a transaction must find them equal.
async fn nobody_sees_half_a_transaction(store: Arc<dyn Store>) {
    const PAIRS: u64 = 40;
    let over = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..4 {
        let (store, over) = (Arc::clone(&store), Arc::clone(&over));
        readers.spawn(async move {
            while !over.load(Ordering::Acquire) {
                let found = store.scan(Table::Heads, b"", None, usize::MAX).await.unwrap();
                assert!(
                    found.iter().all(|(_, value)| *value == found[0].1),
                    "a scan saw half of it: {found:?}"
                );
                let work = |tx: &mut dyn Tx| {
                    let found = tx.scan(Table::Heads, b"", None, usize::MAX)?;
                    assert!(found.iter().all(|(_, value)| *value == found[0].1), "half of it: {found:?}");
                    Ok::<_, StoreError>(Verdict::Abandon)
                };
                store.transact(Box::new(work)).await.unwrap();
            }
        });
    }
    for round in 0..100_u64 {
        let work = move |tx: &mut dyn Tx| {
            (0..PAIRS).for_each(|key| tx.put(Table::Heads, bytes(key), bytes(round)));
            Ok(Verdict::Commit)
        };
        store.transact(Box::new(work)).await.unwrap();
    }
    over.store(true, Ordering::Release);
    readers.join_all().await;
}

fn bytes(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn number(value: Option<Bytes>) -> u64 {
    value.map_or(0, |value| u64::from_be_bytes(value[..].try_into().unwrap()))
}
