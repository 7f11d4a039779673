//! Hot reads against changes: a read that begins after a change was answered sees it, whatever is kept in memory.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_storage::{Cached, EmbeddedStore, Memory};
use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

const READERS: usize = 4;

async fn vault() -> Arc<TestVault> {
    let store = EmbeddedStore::new(Cached::new(Memory::default(), 1 << 20)).unwrap();
    Arc::new(TestVault::over(Arc::new(store)).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_read_goes_behind_a_write_that_was_answered() {
    const WRITES: u64 = 400;
    let vault = vault().await;
    let write = async |vault: &TestVault, number: u64| {
        let body = json!({ "data": { "number": number } });
        vault.call("root", Operation::Write, "secret/data/k", body).await.unwrap();
    };
    write(&vault, 1).await;
    let (answered, done) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (vault, answered, done) = (Arc::clone(&vault), Arc::clone(&answered), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::Acquire) {
                    let least = answered.load(Ordering::Acquire);
                    let read =
                        vault.call("root", Operation::Read, "secret/data/k", Value::Null).await.unwrap();
                    let (number, version) = (&read.data["data"]["number"], &read.data["metadata"]["version"]);
                    assert_eq!(number, version);
                    assert!(number.as_u64().unwrap() >= least, "{number} after {least}");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 2..=WRITES {
        write(&vault, number).await;
        answered.store(number, Ordering::Release);
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::Release);
    for reader in readers {
        reader.await.unwrap();
    }
}

/// A change of a hot secret, and what the very next read must give: the fault, or else the value.
async fn check(operation: Operation, path: &str, body: Value, wanted: Result<&str, FaultKind>) {
    let vault = vault().await;
    let write = json!({ "data": { "value": "before" } });
    vault.call("root", Operation::Write, "secret/data/k", write).await.unwrap();
    let read = || vault.call("root", Operation::Read, "secret/data/k", Value::Null);
    for _ in 0..3 {
        assert_eq!(read().await.unwrap().data["data"]["value"], "before");
    }
    vault.call("root", operation, path, body).await.unwrap();
    let found = read().await.map_err(|fault| fault.kind);
    let found = found.map(|answer| answer.data["data"]["value"].as_str().map(str::to_owned));
    assert_eq!(found, wanted.map(|value| (!value.is_empty()).then(|| value.to_owned())), "{path}");
}

#[tokio::test]
async fn the_next_read_sees_whatever_was_changed() {
    let write = Operation::Write;
    check(write, "secret/data/k", json!({ "data": { "value": "after" } }), Ok("after")).await;
    check(Operation::Delete, "secret/data/k", Value::Null, Ok("")).await;
    check(write, "secret/destroy/k", json!({ "versions": [1] }), Ok("")).await;
    check(Operation::Delete, "secret/metadata/k", Value::Null, Err(FaultKind::NotFound)).await;
    check(Operation::Delete, "sys/mounts/secret", Value::Null, Err(FaultKind::NotFound)).await;
    check(write, "sys/seal", Value::Null, Err(FaultKind::Sealed)).await;
}

#[tokio::test]
async fn a_mount_made_anew_at_the_same_path_shows_nothing_of_the_old_one() {
    let vault = vault().await;
    let body = json!({ "data": { "value": "old" } });
    vault.call("root", Operation::Write, "secret/data/k", body).await.unwrap();
    for _ in 0..3 {
        vault.call("root", Operation::Read, "secret/data/k", Value::Null).await.unwrap();
    }
    vault.call("root", Operation::Delete, "sys/mounts/secret", Value::Null).await.unwrap();
    let mount = json!({ "type": "kv", "options": { "version": "2" } });
    vault.call("root", Operation::Write, "sys/mounts/secret", mount).await.unwrap();
    let fault = vault.call("root", Operation::Read, "secret/data/k", Value::Null).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound);
}
