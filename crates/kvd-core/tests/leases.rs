//! Tokens as leases, through the whole request path.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation};
use serde_json::{Value, json};
use std::time::Duration;

const WRITE: Operation = Operation::Write;
const READ: Operation = Operation::Read;

async fn is_good(vault: &TestVault, token: &str) -> bool {
    vault.call(token, READ, "auth/token/lookup-self", Value::Null).await.is_ok()
}

/// A token of a role, and the id of its lease.
async fn leased(vault: &TestVault, role: &str) -> (String, String) {
    let body = json!({ "allowed_policies": ["default"] });
    vault.call("root", WRITE, &format!("auth/token/roles/{role}"), body).await.unwrap();
    let path = format!("auth/token/create/{role}");
    let made = vault.call("root", WRITE, &path, json!({ "ttl": "1h" })).await.unwrap();
    let keys = names(vault, &path).await;
    let token = made.auth.unwrap().client_token.unwrap().expose().clone();
    (token, format!("{path}/{}", keys.last().unwrap()))
}

async fn names(vault: &TestVault, prefix: &str) -> Vec<String> {
    match vault.call("root", Operation::List, &format!("sys/leases/lookup/{prefix}"), Value::Null).await {
        Ok(answer) => serde_json::from_value(answer.data["keys"].clone()).unwrap(),
        Err(fault) => {
            assert_eq!(fault.kind, FaultKind::NotFound);
            Vec::new()
        }
    }
}

#[tokio::test]
async fn a_prefix_ends_what_is_below_it_and_nothing_beside_it() {
    let vault = TestVault::start().await;
    let (a, _) = leased(&vault, "web").await;
    let (b, _) = leased(&vault, "webx").await;
    let call = vault.call("root", WRITE, "sys/leases/revoke-prefix/auth/token/create/web", json!({})).await;
    call.unwrap();
    assert_eq!([is_good(&vault, &a).await, is_good(&vault, &b).await], [false, true]);
    assert_eq!(names(&vault, "auth/token/create").await, ["webx/"]);
    vault.call("root", WRITE, "sys/leases/revoke-prefix/auth", json!({})).await.unwrap();
    assert!(!is_good(&vault, &b).await);
    assert_eq!(names(&vault, "").await, [""; 0]);
}

#[tokio::test]
async fn a_lease_leads_to_its_token_under_its_own_path_only() {
    let vault = TestVault::start().await;
    let (token, id) = leased(&vault, "web").await;
    let lookup =
        async |id: &str| vault.call("root", WRITE, "sys/leases/lookup", json!({ "lease_id": id })).await;
    assert_eq!(lookup(&id).await.unwrap().data["ttl"], 3600);
    let hash = id.rsplit_once('/').unwrap().1;
    for elsewhere in
        [format!("auth/token/create/{hash}"), format!("auth/{hash}"), hash.to_owned(), format!("{id}/")]
    {
        assert!(lookup(&elsewhere).await.is_err(), "{elsewhere}");
        vault.call("root", WRITE, "sys/leases/revoke", json!({ "lease_id": elsewhere })).await.unwrap();
    }
    assert!(is_good(&vault, &token).await);
    vault.call("root", WRITE, "sys/leases/revoke", json!({ "lease_id": id })).await.unwrap();
    assert!(!is_good(&vault, &token).await);
    assert!(lookup(&id).await.is_err());
}

#[tokio::test]
async fn v032_an_old_name_gives_no_right_that_the_new_one_would_not() {
    let vault = TestVault::start().await;
    let (token, id) = leased(&vault, "web").await;
    let policy = r#"
        path "sys/leases/lookup" { capabilities = ["update"] }
        path "sys/revoke" { capabilities = ["update", "sudo"] }
        path "sys/renew" { capabilities = ["update", "sudo"] }
        path "sys/revoke-prefix/*" { capabilities = ["update", "sudo"] }
        path "sys/revoke-force/*" { capabilities = ["update", "sudo"] }"#;
    vault.policy("old", policy).await;
    // The default policy would allow the modern path of a renewal.
    let body = json!({ "policies": ["old"], "no_default_policy": true });
    let caller = vault.token_of("root", body).await;
    for path in [
        "sys/revoke".to_owned(),
        "sys/renew".to_owned(),
        format!("sys/revoke/{id}"),
        format!("sys/renew/{id}"),
        "sys/revoke-prefix/auth/token".to_owned(),
        "sys/revoke-force/auth/token".to_owned(),
    ] {
        let fault = vault.call(&caller, WRITE, &path, json!({ "lease_id": id })).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::PermissionDenied, "{path}");
    }
    assert!(is_good(&vault, &token).await);
}

#[tokio::test]
async fn leases_survive_a_restart_and_go_with_their_tokens() {
    let vault = TestVault::start().await;
    let (_, id) = leased(&vault, "web").await;
    let (gone, gone_id) = leased(&vault, "web2").await;
    vault.call(&gone, WRITE, "auth/token/revoke-self", Value::Null).await.unwrap();
    let next = vault.restarted();
    next.unseal(&vault.unseal_key).await.unwrap();
    for (id, there) in [(id, true), (gone_id, false)] {
        let found = vault.call_on(&next, "root", WRITE, "sys/leases/lookup", json!({ "lease_id": id })).await;
        assert_eq!(found.is_ok(), there);
    }
}

#[tokio::test]
async fn v028_renewed_around_its_last_moment_a_token_always_has_an_end() {
    let vault = TestVault::start().await;
    for before_end in [500, 1, 0] {
        let body = json!({ "policies": ["default"], "ttl": "10s", "explicit_max_ttl": "20s" });
        let token = vault.token_of("root", body).await;
        vault.clock.advance(Duration::from_secs(9));
        vault.call(&token, WRITE, "auth/token/renew-self", json!({ "increment": "1h" })).await.unwrap();
        vault.clock.advance(Duration::from_millis(11_000 - before_end));
        // At the end itself the token is gone; before it, a renewal gives what is left.
        let renewed = vault.call(&token, WRITE, "auth/token/renew-self", json!({ "increment": "1h" })).await;
        assert_eq!(renewed.is_ok(), before_end > 0, "{before_end} ms");
        vault.clock.advance(Duration::from_millis(before_end));
        assert!(!is_good(&vault, &token).await, "{before_end} ms");
    }
}
