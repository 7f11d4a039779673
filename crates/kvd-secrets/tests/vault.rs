//! The engines inside a whole vault: real store, barrier and policies.

use kvd_testkit::TestVault;
use kvd_types::{
    Fault, FaultKind,
    Operation::{self, Delete, List, Patch, Read, Write},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

/// What each part of a secret can be asked for.
const CALLS: [(&str, Operation, &str); 10] = [
    ("data", Read, "null"),
    ("data", Write, r#"{"data":{"a":1}}"#),
    ("data", Patch, r#"{"data":{"b":1}}"#),
    ("data", Delete, "null"),
    ("metadata", Read, "null"),
    ("metadata", Write, r#"{"max_versions":5}"#),
    ("delete", Write, r#"{"versions":[1]}"#),
    ("undelete", Write, r#"{"versions":[1]}"#),
    ("destroy", Write, r#"{"versions":[99]}"#),
    ("subkeys", Read, "null"),
];

#[tokio::test]
async fn v_077_rights_on_one_part_of_a_secret_give_none_on_another() {
    let vault = TestVault::start().await;
    for granted in ["data", "metadata", "delete", "undelete", "destroy", "subkeys"] {
        let rule = format!(
            r#"path "secret/{granted}/*" {{ capabilities = ["create","read","update","patch","delete","list"] }}"#
        );
        vault.policy(granted, &rule).await;
        let token = vault.token(&[granted]).await;
        for (part, operation, body) in CALLS {
            let path = format!("secret/data/{granted}");
            vault.call("root", Write, &path, json!({ "data": { "a": 1 } })).await.unwrap();
            let body: Value = serde_json::from_str(body).unwrap();
            let outcome = vault.call(&token, operation, &format!("secret/{part}/{granted}"), body).await;
            let denied = outcome.is_err_and(|fault| fault.kind == FaultKind::PermissionDenied);
            assert_eq!(denied, part != granted, "a policy on {granted}, {operation} {part}");
        }
    }
}

#[tokio::test]
async fn a_cubbyhole_ends_with_its_token_even_when_the_next_one_bears_the_same_name() {
    let vault = TestVault::start().await;
    let make = json!({ "id": "my-own-name", "policies": ["default"], "ttl": "1h" });
    let token = vault.token_of("root", make.clone()).await;
    for path in ["x", "a/y", "a/b/z"] {
        vault.call(&token, Write, &format!("cubbyhole/{path}"), json!({ "of": "the first" })).await.unwrap();
    }
    vault.call("root", Write, "auth/token/revoke", json!({ "token": token })).await.unwrap();
    let token = vault.token_of("root", make).await;
    for path in ["x", "a/y", "a/b/z"] {
        let gone = vault.call(&token, Read, &format!("cubbyhole/{path}"), Value::Null).await;
        assert_eq!(gone.err().map(|fault| fault.kind), Some(FaultKind::NotFound), "{path}");
    }
    let list = vault.call(&token, List, "cubbyhole/", Value::Null).await;
    assert_eq!(list.err().map(|fault| fault.kind), Some(FaultKind::NotFound));
}

#[tokio::test]
async fn a_long_history_stands_in_the_barrier_as_it_does_in_memory() {
    let vault = TestVault::start().await;
    let call = async |operation, path: &str, body| vault.call("root", operation, path, body).await;
    call(Write, "secret/config", json!({ "max_versions": 1000 })).await.unwrap();
    for v in 1..=200 {
        call(Write, "secret/data/k", json!({ "data": { "v": v } })).await.unwrap();
    }
    call(Write, "secret/delete/k", json!({ "versions": [1, 64, 65, 200] })).await.unwrap();
    for (v, is_there) in
        [(1, false), (2, true), (64, false), (65, false), (66, true), (128, true), (199, true)]
    {
        let answer = call(Read, "secret/data/k", json!({ "version": v })).await.unwrap();
        assert_eq!(answer.data["data"], if is_there { json!({ "v": v }) } else { Value::Null });
    }
    let metadata = call(Read, "secret/metadata/k", Value::Null).await.unwrap();
    assert_eq!(metadata.data["versions"].as_object().map(|v| v.len()), Some(200));
    let names = call(List, "secret/metadata/", Value::Null).await.unwrap();
    assert_eq!(names.data["keys"], json!(["k"]), "pages are no names");
    call(Delete, "secret/metadata/k", Value::Null).await.unwrap();
    let names = call(List, "secret/metadata/", Value::Null).await;
    assert_eq!(names.err().map(|fault| fault.kind), Some(FaultKind::NotFound));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_writers_in_a_vault_each_number_is_won_by_exactly_one() {
    let vault = Arc::new(TestVault::start().await);
    let writers: Vec<_> = (0..64)
        .map(|_| {
            let vault = Arc::clone(&vault);
            tokio::spawn(async move {
                let mut won = Vec::new();
                for cas in 0..8 {
                    let body = json!({ "data": {}, "options": { "cas": cas } });
                    match vault.call("root", Write, "secret/data/k", body).await {
                        Ok(answer) => won.push(answer.data["version"].as_u64().unwrap()),
                        Err(Fault { kind, .. }) => assert_eq!(kind, FaultKind::Invalid),
                    }
                }
                won
            })
        })
        .collect();
    let mut won = Vec::new();
    for writer in writers {
        won.extend(writer.await.unwrap());
    }
    let numbers: BTreeSet<u64> = won.iter().copied().collect();
    assert_eq!(numbers.len(), won.len(), "a number was won twice");
    assert_eq!(numbers, (1..=numbers.len() as u64).collect());
}
