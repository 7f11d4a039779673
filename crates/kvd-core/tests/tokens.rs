//! Tokens through the whole request path.

use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation};
use serde_json::{Value, json};
use std::time::Duration;

const WRITE: Operation = Operation::Write;
const READ: Operation = Operation::Read;

/// Whether the token is good for looking itself up.
async fn is_good(vault: &TestVault, token: &str) -> bool {
    match vault.call(token, READ, "auth/token/lookup-self", Value::Null).await {
        Ok(_) => true,
        Err(fault) => {
            assert_eq!(fault.kind, FaultKind::PermissionDenied);
            false
        }
    }
}

#[tokio::test]
async fn a_token_ends_when_its_time_is_up_and_not_before() {
    let vault = TestVault::start().await;
    let token = vault.token_of("root", json!({ "policies": ["default"], "ttl": "1h" })).await;
    vault.clock.advance(Duration::from_secs(3599));
    assert!(is_good(&vault, &token).await);
    vault.clock.advance(Duration::from_secs(1));
    assert!(!is_good(&vault, &token).await);
}

#[tokio::test]
async fn revoking_takes_all_descendants_and_leaves_the_others() {
    let vault = TestVault::start().await;
    vault.policy("tree", r#"path "auth/token/create" { capabilities = ["update"] }"#).await;
    let body = json!({ "policies": ["tree"] });
    let a = vault.token_of("root", body.clone()).await;
    let (b, d) = (vault.token_of(&a, json!({})).await, vault.token_of(&a, json!({})).await);
    let c = vault.token_of(&b, json!({})).await;
    vault.call("root", WRITE, "auth/token/revoke", json!({ "token": b })).await.unwrap();
    let good = [
        is_good(&vault, &a).await,
        is_good(&vault, &b).await,
        is_good(&vault, &c).await,
        is_good(&vault, &d).await,
    ];
    assert_eq!(good, [true, false, false, true]);
}

#[tokio::test]
async fn of_a_chain_of_two_thousand_none_is_left() {
    let vault = TestVault::start().await;
    vault.policy("tree", r#"path "auth/token/create" { capabilities = ["update"] }"#).await;
    let first = vault.token_of("root", json!({ "policies": ["tree"] })).await;
    let mut last = first.clone();
    for _ in 0..2000 {
        last = vault.token_of(&last, json!({})).await;
    }
    assert!(is_good(&vault, &last).await);
    vault.call("root", WRITE, "auth/token/revoke", json!({ "token": first })).await.unwrap();
    assert!(!is_good(&vault, &last).await);
}

#[tokio::test]
async fn a_revoked_parents_children_can_be_kept_as_orphans() {
    let vault = TestVault::start().await;
    vault.policy("tree", r#"path "auth/token/create" { capabilities = ["update"] }"#).await;
    let parent = vault.token_of("root", json!({ "policies": ["tree"] })).await;
    let child = vault.token_of(&parent, json!({})).await;
    vault.call("root", WRITE, "auth/token/revoke-orphan", json!({ "token": parent })).await.unwrap();
    assert!(!is_good(&vault, &parent).await);
    let seen = vault.call(&child, READ, "auth/token/lookup-self", Value::Null).await.unwrap();
    assert_eq!(seen.data["orphan"], true);
}

#[tokio::test]
async fn uses_are_counted_even_when_many_come_at_once() {
    let vault = std::sync::Arc::new(TestVault::start().await);
    let token = vault.token_of("root", json!({ "policies": ["default"], "num_uses": 10 })).await;
    let tries = (0..64).map(|_| {
        let (vault, token) = (std::sync::Arc::clone(&vault), token.clone());
        tokio::spawn(async move { is_good(&vault, &token).await })
    });
    let mut good = 0;
    for one in tries.collect::<Vec<_>>() {
        good += usize::from(one.await.unwrap());
    }
    assert_eq!(good, 10);
}

#[tokio::test]
async fn a_change_of_policy_holds_from_the_moment_of_its_answer() {
    let vault = TestVault::start().await;
    vault.policy("p", r#"path "secret/data/x" { capabilities = ["read"] }"#).await;
    let token = vault.token(&["p"]).await;
    let allowed = async || match vault.call(&token, READ, "secret/data/x", Value::Null).await {
        Ok(_) => true,
        Err(fault) => fault.kind == FaultKind::NotFound,
    };
    for _ in 0..20 {
        assert!(allowed().await);
        vault.policy("p", r#"path "secret/data/x" { capabilities = ["deny"] }"#).await;
        assert!(!allowed().await);
        vault.policy("p", r#"path "secret/data/x" { capabilities = ["read"] }"#).await;
    }
}

#[tokio::test]
async fn tokens_and_secrets_survive_a_restart_and_nothing_answers_before_the_unseal() {
    let vault = TestVault::start().await;
    let token = vault.token(&["default"]).await;
    vault.call("root", WRITE, "secret/data/a", json!({ "data": { "k": "v" } })).await.unwrap();
    let next = vault.restarted();
    let sealed = vault.call_on(&next, "root", READ, "secret/data/a", Value::Null).await.unwrap_err();
    assert_eq!(sealed.kind, FaultKind::Sealed);
    next.unseal(&vault.unseal_key).await.unwrap();
    let read = vault.call_on(&next, "root", READ, "secret/data/a", Value::Null).await.unwrap();
    assert_eq!(read.data["data"], json!({ "k": "v" }));
    assert!(vault.call_on(&next, &token, READ, "auth/token/lookup-self", Value::Null).await.is_ok());
}

#[tokio::test]
async fn v097_without_a_token_existing_and_missing_mounts_read_the_same() {
    let vault = TestVault::start().await;
    for operation in [READ, WRITE, Operation::Delete, Operation::List, Operation::Patch] {
        let there = vault.call("", operation, "secret/data/x", Value::Null).await.unwrap_err();
        let nowhere = vault.call("", operation, "nowhere/data/x", Value::Null).await.unwrap_err();
        assert_eq!((there.kind, &there.public), (nowhere.kind, &nowhere.public), "{operation}");
        assert_eq!(there.kind, FaultKind::PermissionDenied);
    }
}

#[tokio::test]
async fn d13_any_text_as_a_token_is_refused() {
    let vault = TestVault::start().await;
    for made_up in ["hvs.", "hvb.junk", "s.", "..", "a/b", "b.AAAAAQ", &"x".repeat(10_000)] {
        assert!(!is_good(&vault, made_up).await, "{made_up}");
    }
}
