//! Large folders in a whole vault: pages, the names that are kept, and everybody else meanwhile.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_storage::{Cached, EmbeddedStore, Memory};
use kvd_testkit::{FaultEngine, Faults, TestVault};
use kvd_types::{
    FaultKind,
    Operation::{Delete, List, Write},
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A vault whose store keeps records in memory as that of a server does, with names of `count` secrets in a folder.
async fn vault(count: usize) -> (TestVault, Faults) {
    let faults = Faults::default();
    let engine = FaultEngine::new(Memory::default(), faults.clone());
    let store = EmbeddedStore::new(Cached::new(engine, 64 << 20)).unwrap();
    let vault = TestVault::over(Arc::new(store)).await;
    for number in 0..count {
        write(&vault, number).await;
    }
    (vault, faults)
}

async fn write(vault: &TestVault, number: usize) {
    let path = format!("secret/data/f/n{number:05}");
    vault.call("root", Write, &path, json!({ "data": {} })).await.unwrap();
}

async fn list(vault: &TestVault, query: Value) -> Vec<String> {
    match vault.call("root", List, "secret/metadata/f", query).await {
        Ok(answer) => serde_json::from_value(answer.data["keys"].clone()).unwrap(),
        Err(fault) => {
            assert_eq!(fault.kind, FaultKind::NotFound);
            Vec::new()
        }
    }
}

fn names(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(|number| format!("n{number:05}")).collect()
}

#[tokio::test]
async fn the_pages_of_a_large_folder_are_the_whole_of_it() {
    let (vault, _) = vault(700).await;
    let mut all = Vec::new();
    loop {
        let after = all.last().cloned().unwrap_or_default();
        let page = list(&vault, json!({ "after": after, "limit": 37 })).await;
        assert!(page.len() <= 37);
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert_eq!(all, names(0..700));
}

#[tokio::test]
async fn a_large_folder_that_was_listed_is_not_read_again() {
    let (vault, faults) = vault(300).await;
    assert_eq!(list(&vault, Value::Null).await.len(), 300);
    // Writes of secrets that are there change no names.
    write(&vault, 7).await;
    faults.fail_read(1);
    assert_eq!(list(&vault, json!({ "limit": 3, "after": "n00200" })).await, names(201..204));
    assert_eq!(list(&vault, Value::Null).await.len(), 300);
}

#[tokio::test]
async fn names_that_come_and_go_are_seen_at_once() {
    let (vault, _) = vault(300).await;
    for number in [300, 301] {
        assert_eq!(list(&vault, Value::Null).await, names(0..number));
        write(&vault, number).await;
    }
    vault.call("root", Delete, "secret/metadata/f/n00005", Value::Null).await.unwrap();
    assert_eq!(list(&vault, Value::Null).await, names((0..302).filter(|n| *n != 5)));
    vault.call("root", Delete, "sys/mounts/secret", Value::Null).await.unwrap();
    let engine = json!({ "type": "kv", "options": { "version": "2" } });
    vault.call("root", Write, "sys/mounts/secret", engine).await.unwrap();
    assert_eq!(list(&vault, Value::Null).await, names(0..0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_listing_that_begins_after_an_answer_is_older_than_it() {
    let (vault, _) = vault(280).await;
    let (vault, done) = (Arc::new(vault), Arc::new(AtomicBool::new(false)));
    let listers: Vec<_> = (0..3)
        .map(|_| {
            let (vault, done) = (Arc::clone(&vault), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    assert!(list(&vault, Value::Null).await.len() >= 280);
                    // A listing from memory never waits, and a write needs a worker of its own.
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 280..380 {
        write(&vault, number).await;
        assert_eq!(list(&vault, json!({ "after": "n00279" })).await, names(280..=number));
        if number % 3 == 0 {
            let path = format!("secret/metadata/f/n{number:05}");
            vault.call("root", Delete, &path, Value::Null).await.unwrap();
            assert_eq!(list(&vault, json!({ "after": "n00279" })).await, names(280..number));
            write(&vault, number).await;
        }
    }
    done.store(true, Ordering::SeqCst);
    for lister in listers {
        lister.await.unwrap();
    }
}

/// Each time the listing is polled it had let go of its thread before, and others could run.
#[tokio::test]
async fn a_large_listing_lets_others_take_their_turns() {
    let (vault, _) = vault(2600).await;
    let mut listing = Box::pin(list(&vault, Value::Null));
    let mut turns = 0;
    let names = std::future::poll_fn(|context| {
        turns += 1;
        listing.as_mut().poll(context)
    });
    assert_eq!(names.await.len(), 2600);
    assert!(turns >= 10, "others had {turns} turns only");
}
