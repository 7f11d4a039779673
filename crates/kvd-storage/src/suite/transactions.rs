//! Transactions are whole or absent, and see what was before them and what they did themselves.

use super::script::{self, Change, changes, show, state};
use crate::{Store, StoreError, Table, Tx, Verdict};
use bytes::Bytes;
use std::sync::{Arc, Mutex};

pub(super) async fn run(build: &impl Fn() -> Arc<dyn Store>) {
    changes_take_effect_in_their_order(build).await;
    a_transaction_sees_its_own_changes(build).await;
    several_tables_change_as_one(&*build()).await;
    what_does_not_commit_leaves_no_trace(&*build()).await;
    a_read_only_transaction_sees_the_last_commit(&*build()).await;
}

async fn changes_take_effect_in_their_order(build: &impl Fn() -> Arc<dyn Store>) {
    for (before, script, after) in [
        ("", "a=1 b=2", "a=1 b=2"),
        ("", "a=1 a=2", "a=2"),
        ("a=1", "-a", ""),
        ("a=1", "-a a=2", "a=2"),
        ("a=1", "a=2 -a", ""),
        ("a=1", "-b", "a=1"),
        ("a=1 ab=2 b=3", "!a", "b=3"),
        ("a=1 ab=2 b=3", "!a ac=4", "ac=4 b=3"),
        ("a=1 ab=2 b=3", "!a ab=4", "ab=4 b=3"),
        ("a=1 ab=2 b=3", "ac=4 !a", "b=3"),
        ("a=1 ab=2 b=3", "!a ab=4 !ab", "b=3"),
        ("a=1 ab=2 b=3", "!ab !a a=5", "a=5 b=3"),
        ("a=1 ab=2 b=3", "!a !ab ab=5", "ab=5 b=3"),
        ("a=1 b=3", "!", ""),
        ("a=1 b=3", "! c=4", "c=4"),
        ("a=1", "!x", "a=1"),
    ] {
        let store = build();
        script::run(&*store, before, Verdict::Commit).await.unwrap();
        script::run(&*store, script, Verdict::Commit).await.unwrap();
        assert_eq!(state(&*store).await, after, "{before} then {script}");
        for key in ["a", "b", "ab", "ac", "c"] {
            let expected = after.split_whitespace().find_map(|word| word.strip_prefix(&format!("{key}=")));
            let expected = expected.map(|value| Bytes::copy_from_slice(value.as_bytes()));
            let found = store.get(Table::Heads, key.as_bytes()).await.unwrap();
            assert_eq!(found, expected, "{key} after {before} then {script}");
        }
    }
}

async fn a_transaction_sees_its_own_changes(build: &impl Fn() -> Arc<dyn Store>) {
    for (before, script, prefix, start, limit, expected) in [
        ("a=1 c=3", "b=2", "", None, 9, "a=1 b=2 c=3"),
        ("a=1 c=3", "b=2", "", None, 2, "a=1 b=2"),
        ("a=1 c=3", "b=2", "", Some("a"), 1, "b=2"),
        ("a=1 c=3", "b=2", "", Some("b"), 9, "c=3"),
        ("a1=1 a2=2 a3=3 b=4", "-a2 a3=5 a4=6", "a", None, 9, "a1=1 a3=5 a4=6"),
        ("a1=1 a2=2 a3=3 b=4", "-a1 -a2", "a", None, 1, "a3=3"),
        ("a1=1 a2=2 a3=3 b=4", "!a a2=7", "", None, 9, "a2=7 b=4"),
        ("a1=1 a2=2 a3=3 b=4", "!a", "a", None, 9, ""),
        ("a1=1 a2=2 a3=3 b=4", "!a", "", Some("a2"), 9, "b=4"),
    ] {
        let store = build();
        script::run(&*store, before, Verdict::Commit).await.unwrap();
        let seen = Arc::new(Mutex::new(String::new()));
        let (place, changes) = (Arc::clone(&seen), changes(script));
        let work = move |tx: &mut dyn Tx| {
            changes.iter().for_each(|change| change.apply(Table::Heads, tx));
            let found = tx.scan(Table::Heads, prefix.as_bytes(), start.map(str::as_bytes), limit)?;
            for (key, value) in &found {
                assert_eq!(tx.get(Table::Heads, key)?.as_ref(), Some(value), "{key:?} with {script}");
            }
            *place.lock().unwrap() = show(&found);
            Ok(Verdict::Abandon)
        };
        store.transact(Box::new(work)).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), expected, "{script} on {before}");
        assert_eq!(state(&*store).await, before, "{script} was abandoned");
    }
}

async fn several_tables_change_as_one(store: &dyn Store) {
    for round in 0..20_u8 {
        let work = move |tx: &mut dyn Tx| {
            for table in Table::ALL {
                let last = tx.get(table, b"round")?;
                assert_eq!(
                    last.as_deref(),
                    round.checked_sub(1).as_ref().map(std::slice::from_ref),
                    "{table:?}"
                );
                tx.put(table, Bytes::from_static(b"round"), Bytes::copy_from_slice(&[round]));
            }
            Ok(Verdict::Commit)
        };
        store.transact(Box::new(work)).await.unwrap();
    }
}

async fn what_does_not_commit_leaves_no_trace(store: &dyn Store) {
    let before = "a1=1 a2=2 b=3";
    script::run(store, before, Verdict::Commit).await.unwrap();
    script::run(store, "a1=9 -b !a c=1", Verdict::Abandon).await.unwrap();
    assert_eq!(state(store).await, before, "after one that was abandoned");

    let failing = |tx: &mut dyn Tx| {
        all_of("a1=9 -b !a c=1").iter().for_each(|change| change.apply(Table::Heads, tx));
        Err(StoreError::Closed)
    };
    let failed = store.transact(Box::new(failing)).await;
    assert!(matches!(failed, Err(StoreError::Closed)), "the error of the work is its answer: {failed:?}");
    assert_eq!(state(store).await, before, "after one that failed");

    let panicking = |tx: &mut dyn Tx| {
        all_of("a1=9 -b !a c=1").iter().for_each(|change| change.apply(Table::Heads, tx));
        panic!("the exam wants to see what a panicking work does to a store");
    };
    let panicked = store.transact(Box::new(panicking)).await;
    assert!(matches!(panicked, Err(StoreError::Panicked)), "{panicked:?}");
    assert_eq!(state(store).await, before, "after one that panicked");

    script::run(store, "c=4", Verdict::Commit).await.unwrap();
    assert_eq!(state(store).await, "a1=1 a2=2 b=3 c=4", "the store goes on");
}

fn all_of(script: &str) -> Vec<Change> {
    changes(script)
}

async fn a_read_only_transaction_sees_the_last_commit(store: &dyn Store) {
    for round in 0..20_u8 {
        script::run(store, &format!("key={round}"), Verdict::Commit).await.unwrap();
        let work = move |tx: &mut dyn Tx| {
            assert_eq!(tx.get(Table::Heads, b"key")?, Some(Bytes::from(round.to_string())));
            Ok(Verdict::Commit)
        };
        store.transact(Box::new(work)).await.unwrap();
    }
}
