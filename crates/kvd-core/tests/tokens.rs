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

/// Makes a batch token as a child of `parent`.
async fn batch(vault: &TestVault, parent: &str, ttl: &str) -> String {
    vault.token_of(parent, json!({ "type": "batch", "policies": ["default"], "ttl": ttl })).await
}

#[tokio::test]
async fn v027_a_batch_token_ends_in_time_also_after_a_restart() {
    let vault = TestVault::start().await;
    let token = batch(&vault, "root", "2s").await;
    assert!(is_good(&vault, &token).await);
    vault.clock.advance(Duration::from_secs(1));
    let next = vault.restarted();
    next.unseal(&vault.unseal_key).await.unwrap();
    let look =
        async || vault.call_on(&next, &token, READ, "auth/token/lookup-self", Value::Null).await.is_ok();
    assert!(look().await);
    vault.clock.advance(Duration::from_secs(1));
    assert!(!look().await);
}

#[tokio::test]
async fn a_batch_token_dies_with_its_parent_and_makes_no_others() {
    let vault = TestVault::start().await;
    vault.policy("tree", r#"path "auth/token/create" { capabilities = ["update"] }"#).await;
    let parent = vault.token(&["tree"]).await;
    let body = json!({ "type": "batch", "policies": ["tree"], "ttl": "1h" });
    let token = vault.token_of(&parent, body).await;
    assert!(is_good(&vault, &token).await);
    let refused = vault.call(&token, WRITE, "auth/token/create", json!({})).await.unwrap_err();
    assert_eq!(refused.public, ["batch tokens cannot create more tokens"]);
    let hole = vault.call(&token, WRITE, "cubbyhole/x", json!({ "a": "b" })).await.unwrap_err();
    assert_eq!(hole.kind, FaultKind::Invalid);
    vault.call("root", WRITE, "auth/token/revoke", json!({ "token": parent })).await.unwrap();
    assert!(!is_good(&vault, &token).await);
}

#[tokio::test]
async fn a_child_ends_with_its_parent_before_anything_is_cleaned_up() {
    let vault = TestVault::start().await;
    vault.policy("tree", r#"path "auth/token/create" { capabilities = ["update"] }"#).await;
    let parent = vault.token_of("root", json!({ "policies": ["tree"], "ttl": "10s" })).await;
    let child = vault.token_of(&parent, json!({ "ttl": "1h" })).await;
    let grandchild = vault.token_of(&child, json!({ "ttl": "1h" })).await;
    assert!(is_good(&vault, &child).await && is_good(&vault, &grandchild).await);
    vault.clock.advance(Duration::from_secs(10));
    assert!(!is_good(&vault, &child).await);
    assert!(!is_good(&vault, &grandchild).await);
}

#[tokio::test]
async fn d06_a_changed_batch_token_is_no_token() {
    let vault = TestVault::start().await;
    let token = batch(&vault, "root", "1h").await;
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(!is_good(&vault, &changed).await, "{at}");
    }
    for cut in [0, 3, 4, 10, 60, 90, token.len() - 1] {
        assert!(!is_good(&vault, &token[..cut]).await || cut == 0, "{cut}");
    }
}

#[tokio::test]
async fn v038_children_orphans_batch_and_role_tokens_are_bound_to_their_parents_addresses() {
    let vault = TestVault::start().await;
    let policy = r#"path "auth/token/*" { capabilities = ["create", "update", "sudo"] }"#;
    vault.policy("tree", policy).await;
    let roles = [
        ("near", json!({ "allowed_policies": ["default", "tree"], "token_bound_cidrs": "127.0.0.0/8" })),
        ("wide", json!({ "allowed_policies": ["default"], "token_bound_cidrs": "0.0.0.0/0" })),
        ("open", json!({ "allowed_policies": ["default"] })),
        ("far", json!({ "allowed_policies": ["default"], "token_bound_cidrs": "10.0.0.0/8" })),
    ];
    for (name, role) in roles {
        vault.call("root", WRITE, &format!("auth/token/roles/{name}"), role).await.unwrap();
    }
    let make = async |by: &str, path: &str, body: Value| {
        let made = vault.call(by, WRITE, &format!("auth/token/{path}"), body).await?;
        Ok::<_, kvd_types::Fault>(made.auth.unwrap().client_token.unwrap().expose().clone())
    };
    let parent = make("root", "create/near", json!({})).await.unwrap();
    for (path, body) in [
        ("create", json!({})),
        ("create-orphan", json!({})),
        ("create", json!({ "type": "batch", "policies": ["default"] })),
        ("create/wide", json!({})),
        ("create/open", json!({})),
    ] {
        let token = make(&parent, path, body).await.unwrap();
        let seen = vault.call("root", WRITE, "auth/token/lookup", json!({ "token": token })).await.unwrap();
        assert_eq!(seen.data["bound_cidrs"], json!(["127.0.0.0/8"]), "{path}");
        let mut call = vault.request(&token, READ, "auth/token/lookup-self", &Value::Null);
        call.peer.address = Some([192, 168, 0, 1].into());
        assert_eq!(vault.vault.serve(call).await.unwrap_err().kind, FaultKind::PermissionDenied, "{path}");
    }
    assert_eq!(make(&parent, "create/far", json!({})).await.unwrap_err().kind, FaultKind::Invalid);
}

#[tokio::test]
async fn d11_rules_for_parameters_do_not_touch_deletes_and_lists_and_hold_for_an_empty_body() {
    let vault = TestVault::start().await;
    let policy = r#"
        path "cubbyhole/*" {
            capabilities = ["create", "update", "delete", "list"]
            allowed_parameters = { "a" = ["b"] }
            required_parameters = ["a"]
        }"#;
    vault.policy("p", policy).await;
    let body = json!({ "policies": ["p"], "no_default_policy": true });
    let token = vault.token_of("root", body).await;
    let denied = async |operation, body| match vault.call(&token, operation, "cubbyhole/x", body).await {
        Ok(_) => false,
        Err(fault) => fault.kind == FaultKind::PermissionDenied,
    };
    assert!(!denied(WRITE, json!({ "a": "b" })).await);
    assert!(denied(WRITE, json!({ "a": "c" })).await);
    assert!(denied(WRITE, json!({})).await);
    assert!(!denied(Operation::List, Value::Null).await);
    assert!(!denied(Operation::Delete, Value::Null).await);
}

#[tokio::test]
async fn d16_a_denied_value_inside_a_list_is_denied() {
    let vault = TestVault::start().await;
    let policy = r#"
        path "cubbyhole/*" { capabilities = ["create", "update"] denied_parameters = { "list" = ["bad"] } }"#;
    vault.policy("p", policy).await;
    let token = vault.token_of("root", json!({ "policies": ["p"], "no_default_policy": true })).await;
    let write =
        async |list: Value| vault.call(&token, WRITE, "cubbyhole/x", json!({ "list": list })).await.is_ok();
    assert!(write(json!(["good"])).await);
    assert!(!write(json!("bad")).await);
    assert!(!write(json!(["good", "bad"])).await);
}

#[tokio::test]
async fn asking_for_no_policy_at_all_gives_none_of_the_parents() {
    let vault = TestVault::start().await;
    for (asked, want) in [
        (json!([""]), json!(["default"])),
        (json!(["", " "]), json!(["default"])),
        (json!([]), json!(["root"])),
        (json!(""), json!(["root"])),
        (json!("a,b"), json!(["a,b", "default"])),
    ] {
        let made =
            vault.call("root", WRITE, "auth/token/create", json!({ "policies": asked })).await.unwrap();
        assert_eq!(json!(made.auth.unwrap().policies), want, "{asked}");
    }
}
