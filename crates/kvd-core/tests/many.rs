//! Many calls in one: each is judged and recorded by itself; changes take effect together or not at all.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_storage::MemoryStore;
use kvd_testkit::{Answer, FaultStore, Faults, TestVault};
use kvd_types::{Fault, FaultKind, Operation};
use serde_json::{Value, json};
use std::sync::Arc;

async fn read(vault: &TestVault, path: &str) -> Value {
    match vault.call("root", Operation::Read, path, json!({})).await {
        Ok(answer) => answer.data["data"].clone(),
        Err(_) => Value::Null,
    }
}

async fn put(vault: &TestVault, path: &str, data: Value) {
    vault.call("root", Operation::Write, path, json!({"data": data})).await.unwrap();
}

async fn batch(vault: &TestVault, token: &str, reads: Value) -> Result<Answer, Fault> {
    vault.call(token, Operation::Write, "sys/kv/batch-get", json!({"reads": reads})).await
}

async fn transact(vault: &TestVault, token: &str, steps: Value) -> Result<Answer, Fault> {
    vault.call(token, Operation::Write, "sys/kv/transaction", json!({"steps": steps})).await
}

fn write(path: &str, data: Value, cas: u64) -> Value {
    json!({"operation": "write", "path": path, "data": {"data": data, "options": {"cas": cas}}})
}

/// The kind and the text of a refusal.
fn refusal<T>(outcome: Result<T, Fault>) -> (FaultKind, String) {
    let fault = outcome.err().unwrap();
    (fault.kind, fault.public[0].trim_end().to_owned())
}

#[tokio::test]
async fn every_read_of_a_batch_has_a_result_of_its_own() {
    let vault = TestVault::start().await;
    vault.policy("a", "path \"secret/data/a*\" { capabilities = [\"read\"] }").await;
    let token = vault.token(&["a"]).await;
    for number in 1..=2 {
        put(&vault, "secret/data/a", json!({"n": number})).await;
    }
    put(&vault, "secret/data/b", json!({"n": 3})).await;
    put(&vault, "secret/data/a-gone", json!({})).await;
    vault.call("root", Operation::Delete, "secret/data/a-gone", json!({})).await.unwrap();
    let reads = json!([
        "secret/data/a",
        {"path": "secret/data/a", "parameters": {"version": 1}},
        "secret/data/b",
        "secret/data/a-none",
        "secret/data/a-gone",
        "nowhere/x"
    ]);
    let answer = batch(&vault, &token, reads).await.unwrap();
    let results = answer.data["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 403, 404, 404, 403]);
    assert_eq!(results[0]["data"]["data"], json!({"n": 2}));
    assert_eq!(results[1]["data"]["data"], json!({"n": 1}));
    assert_eq!(results[2]["errors"], json!(["1 error occurred:\n\t* permission denied\n\n"]));
    assert_eq!(results[2]["path"], "secret/data/b");
    assert!(results[4]["data"]["metadata"]["deletion_time"].is_string());
}

#[tokio::test]
async fn what_is_no_list_of_reads_or_steps_is_refused() {
    let vault = TestVault::start().await;
    for (reads, want) in [
        (json!(null), "reads must be a list"),
        (json!("secret/data/a"), "reads must be a list"),
        (json!([]), "reads is empty"),
        (json!([5]), "an element is neither a path nor an object"),
        (json!([{}]), "an element has no path"),
        (json!([{"path": "a", "parameters": []}]), "parameters is not an object"),
        (json!(["a/../b"]), "relative paths not supported"),
        (json!(vec!["a"; 1001]), "reads has more than 1000 elements"),
    ] {
        assert_eq!(refusal(batch(&vault, "root", reads).await), (FaultKind::Invalid, want.to_owned()));
    }
    for (steps, want) in [
        (json!([{"path": "secret/data/a"}]), "the operation of a step is write, patch or delete"),
        (json!([{"operation": "read", "path": "a"}]), "the operation of a step is write, patch or delete"),
        (json!(vec![json!({"operation": "delete", "path": "a"}); 101]), "steps has more than 100 elements"),
    ] {
        assert_eq!(refusal(transact(&vault, "root", steps).await), (FaultKind::Invalid, want.to_owned()));
    }
    for token in ["", "hvs.unknown"] {
        assert_eq!(refusal(batch(&vault, token, json!(["a"])).await).0, FaultKind::PermissionDenied);
        assert_eq!(refusal(transact(&vault, token, json!([])).await).0, FaultKind::PermissionDenied);
    }
}

#[tokio::test]
async fn all_changes_take_effect_and_each_has_a_result() {
    let vault = TestVault::start().await;
    put(&vault, "secret/data/old", json!({"a": 1, "b": 2})).await;
    put(&vault, "secret/data/gone", json!({})).await;
    let steps = json!([
        write("secret/data/new", json!({"n": 1}), 0),
        {"operation": "patch", "path": "secret/data/old", "data": {"data": {"b": null}}},
        {"operation": "delete", "path": "secret/data/gone"},
        {"operation": "write", "path": "secret/metadata/new", "data": {"max_versions": 7}}
    ]);
    let answer = transact(&vault, "root", steps).await.unwrap();
    let results = answer.data["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 204, 204]);
    assert_eq!((&results[0]["data"]["version"], &results[1]["data"]["version"]), (&json!(1), &json!(2)));
    assert_eq!(read(&vault, "secret/data/new").await, json!({"n": 1}));
    assert_eq!(read(&vault, "secret/data/old").await, json!({"a": 1}));
    assert_eq!(read(&vault, "secret/data/gone").await, Value::Null);
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_of_the_others() {
    let vault = TestVault::start().await;
    vault.policy("a", "path \"secret/data/a\" { capabilities = [\"create\", \"update\", \"read\"] }").await;
    let token = vault.token(&["a"]).await;
    vault.call("root", Operation::Write, "secret/config", json!({"max_versions": 9})).await.unwrap();
    let good = || write("secret/data/a", json!({"n": 1}), 0);
    let stale = "check-and-set parameter did not match the current version";
    for (token, steps, kind, want) in [
        (
            "root",
            vec![good(), write("secret/data/b", json!({}), 4)],
            FaultKind::Invalid,
            format!("step 2: {stale}"),
        ),
        (
            "root",
            vec![write("secret/data/b", json!({}), 4), good()],
            FaultKind::Invalid,
            format!("step 1: {stale}"),
        ),
        ("root", vec![good(), good()], FaultKind::Invalid, format!("step 2: {stale}")),
        (
            token.as_str(),
            vec![good(), write("secret/data/b", json!({}), 0)],
            FaultKind::PermissionDenied,
            "step 2: permission denied".to_owned(),
        ),
        (
            "root",
            vec![good(), json!({"operation": "write", "path": "secret/data/b", "data": {}})],
            FaultKind::Invalid,
            "step 2: no data provided".to_owned(),
        ),
        (
            "root",
            vec![good(), json!({"operation": "write", "path": "sys/policies/acl/x", "data": {"policy": ""}})],
            FaultKind::Invalid,
            "step 2: a transaction holds changes of secrets only".to_owned(),
        ),
        (
            "root",
            vec![good(), json!({"operation": "delete", "path": "nowhere/x"})],
            FaultKind::NotFound,
            "step 2: no handler for route \"nowhere/x\". route entry not found.".to_owned(),
        ),
    ] {
        let got = refusal(transact(&vault, token, json!(steps)).await);
        assert_eq!(got, (kind, want), "{steps:?}");
        assert_eq!(read(&vault, "secret/data/a").await, Value::Null, "{steps:?}");
    }
    let policies = vault.call("root", Operation::Read, "sys/policies/acl/x", json!({})).await;
    assert!(policies.is_err(), "no policy came of it");
}

#[tokio::test]
async fn a_store_that_fails_leaves_all_or_nothing() {
    let faults = Faults::default();
    let store = FaultStore::new(Arc::new(MemoryStore::in_memory().unwrap()), faults.clone());
    let vault = TestVault::over(Arc::new(store)).await;
    for (number, (order, has_effect)) in [
        (Faults::refuse_commit as fn(&Faults, u64), false),
        (Faults::fail_commit, false),
        (Faults::lose_answer, true),
    ]
    .into_iter()
    .enumerate()
    {
        let paths = ["a", "b"].map(|name| format!("secret/data/{number}/{name}"));
        order(&faults, 1);
        let steps = paths.each_ref().map(|path| write(path, json!({"n": 1}), 0));
        let (kind, text) = refusal(transact(&vault, "root", json!(steps)).await);
        assert_eq!((kind, text.as_str()), (FaultKind::Internal, "step 1: internal error"));
        for path in &paths {
            assert_eq!(!read(&vault, path).await.is_null(), has_effect, "{path}");
        }
    }
}

/// Accounts, from which transfers move money until the end; those that come too late are refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transfers_at_the_same_time_keep_the_sum() {
    const ACCOUNTS: u64 = 5;
    const TRANSFERS: u64 = 60;
    let vault = Arc::new(TestVault::start().await);
    let account = |number: u64| format!("secret/data/accounts/{number}");
    for number in 0..ACCOUNTS {
        put(&vault, &account(number), json!({"money": 100})).await;
    }
    let clerks: Vec<_> = (0..4_u64)
        .map(|clerk| {
            let vault = Arc::clone(&vault);
            tokio::spawn(async move {
                let mut done = 0;
                for number in 0..TRANSFERS {
                    let (from, to) = ((clerk + number) % ACCOUNTS, (clerk + number * 3 + 1) % ACCOUNTS);
                    if from == to {
                        continue;
                    }
                    let reads = json!([account(from), account(to)]);
                    let found = batch(&vault, "root", reads).await.unwrap().data["results"].clone();
                    let step = |at: usize, path: String, change: i64| {
                        let money = found[at]["data"]["data"]["money"].as_i64().unwrap() + change;
                        let version = found[at]["data"]["metadata"]["version"].as_u64().unwrap();
                        write(&path, json!({"money": money}), version)
                    };
                    let steps = json!([step(0, account(from), -1), step(1, account(to), 1)]);
                    done += u64::from(transact(&vault, "root", steps).await.is_ok());
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for clerk in clerks {
        done += clerk.await.unwrap();
    }
    let mut sum = 0;
    for number in 0..ACCOUNTS {
        sum += read(&vault, &account(number)).await["money"].as_i64().unwrap();
    }
    assert_eq!(sum, 500);
    assert!(done > 0, "some transfers were made");
}
