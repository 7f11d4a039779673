//! Holes that servers of this kind have had, through the whole request path. The numbers are those of the project's
//! security notes; the rules themselves are tried in the tables of `kvd-policy`.

use kvd_storage::MemoryStore;
use kvd_testkit::{FaultStore, Faults, TestVault};
use kvd_types::{FaultKind, Operation};
use serde_json::{Value, json};
use std::sync::Arc;

const WRITE: Operation = Operation::Write;
const READ: Operation = Operation::Read;
const LIST: Operation = Operation::List;

async fn is_refused(vault: &TestVault, token: &str, operation: Operation, path: &str, body: Value) -> bool {
    match vault.call(token, operation, path, body).await {
        Ok(_) => false,
        Err(fault) => fault.kind == FaultKind::PermissionDenied,
    }
}

#[tokio::test]
async fn v002_no_spelling_of_a_name_gets_around_a_deny() {
    let vault = TestVault::start().await;
    vault.call("root", WRITE, "sys/auth/userpass", json!({ "type": "userpass" })).await.unwrap();
    let policy = r#"
        path "auth/userpass/users/*" { capabilities = ["create", "update"] }
        path "auth/userpass/users/admin" { capabilities = ["deny"] }
        path "sys/policies/acl/*" { capabilities = ["create", "update"] }
        path "sys/policies/acl/prod" { capabilities = ["deny"] }
        path "sys/policy/*" { capabilities = ["create", "update"] }
        path "sys/policy/prod" { capabilities = ["deny"] }"#;
    vault.policy("users", policy).await;
    let token = vault.token(&["users"]).await;
    let user = json!({ "password": "long enough" });
    for name in ["admin", "ADMIN", "Admin", "aDmin"] {
        let path = format!("auth/userpass/users/{name}");
        assert!(is_refused(&vault, &token, WRITE, &path, user.clone()).await, "{path}");
    }
    for path in ["sys/policies/acl/PROD", "sys/policies/acl/Prod", "sys/policy/prod", "sys/policy/PROD"] {
        let body = json!({ "policy": "path \"x\" { }" });
        assert!(is_refused(&vault, &token, WRITE, path, body).await, "{path}");
    }
}

#[tokio::test]
async fn v003_a_deny_holds_in_every_case_and_a_grant_in_its_own_only() {
    let vault = TestVault::start().await;
    let policy = r#"
        path "secret/data/*" { capabilities = ["read"] }
        path "secret/data/example" { capabilities = ["deny"] }
        path "sys/policies/acl/foo" { capabilities = ["read"] }"#;
    vault.policy("p", policy).await;
    let token = vault.token(&["p"]).await;
    for name in ["example", "EXAMPLE", "Example"] {
        let path = format!("secret/data/{name}");
        assert!(is_refused(&vault, &token, READ, &path, Value::Null).await, "{path}");
        let body = json!({ "paths": [path] });
        let seen = vault.call(&token, WRITE, "sys/capabilities-self", body).await.unwrap();
        assert_eq!(seen.data["capabilities"], json!(["deny"]), "{path}");
    }
    assert!(is_refused(&vault, &token, READ, "sys/policies/acl/FOO", Value::Null).await);
    assert!(!is_refused(&vault, &token, READ, "sys/policies/acl/foo", Value::Null).await);
}

#[tokio::test]
async fn v004_a_deny_below_a_folder_covers_its_listing() {
    let vault = TestVault::start().await;
    let policy = r#"
        path "secret/metadata/*" { capabilities = ["list", "scan"] }
        path "secret/metadata/private/*" { capabilities = ["deny"] }"#;
    vault.policy("p", policy).await;
    let token = vault.token(&["p"]).await;
    for operation in [LIST, Operation::Scan] {
        for path in ["secret/metadata/private", "secret/metadata/private/"] {
            assert!(is_refused(&vault, &token, operation, path, Value::Null).await, "{operation} {path}");
        }
        assert!(!is_refused(&vault, &token, operation, "secret/metadata/open", Value::Null).await);
    }
}

#[tokio::test]
async fn v008_no_list_of_policies_takes_a_name_that_climbs() {
    let vault = TestVault::start().await;
    vault.call("root", WRITE, "sys/auth/approle", json!({ "type": "approle" })).await.unwrap();
    for name in ["../root", "a/../root", "./root", "../5f0c/admin"] {
        for (path, field) in [
            ("auth/token/create", "policies"),
            ("auth/token/roles/r", "allowed_policies"),
            ("auth/token/roles/r", "disallowed_policies"),
        ] {
            let fault = vault.call("root", WRITE, path, json!({ field: [name] })).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Invalid, "{path} {field} {name}");
        }
        // A login method keeps the names it is given; no token comes of them.
        let _ = vault.call("root", WRITE, "auth/approle/role/r", json!({ "token_policies": [name] })).await;
        let id = vault.call("root", READ, "auth/approle/role/r/role-id", Value::Null).await;
        let secret = vault.call("root", WRITE, "auth/approle/role/r/secret-id", json!({})).await;
        if let (Ok(id), Ok(secret)) = (id, secret) {
            let shown = json!({ "role_id": id.data["role_id"], "secret_id": secret.data["secret_id"] });
            assert!(vault.call("", WRITE, "auth/approle/login", shown).await.is_err(), "{name}");
        }
    }
}

#[tokio::test]
async fn v031_a_mount_whose_removal_failed_is_whole_and_the_second_try_leaves_nothing() {
    for nth in 1..=2 {
        let faults = Faults::default();
        let store = FaultStore::new(Arc::new(MemoryStore::in_memory().unwrap()), faults.clone());
        let vault = TestVault::over(Arc::new(store)).await;
        vault.call("root", WRITE, "sys/auth/approle", json!({ "type": "approle" })).await.unwrap();
        vault.call("root", WRITE, "auth/approle/role/r", json!({})).await.unwrap();
        let role = vault.call("root", READ, "auth/approle/role/r/role-id", Value::Null).await.unwrap();
        let secret = vault.call("root", WRITE, "auth/approle/role/r/secret-id", json!({})).await.unwrap();
        let shown = json!({ "role_id": role.data["role_id"], "secret_id": secret.data["secret_id"] });
        let login = vault.call("", WRITE, "auth/approle/login", shown).await.unwrap();
        let token = login.auth.unwrap().client_token.unwrap().expose().clone();
        faults.refuse_commit(nth);
        let first = vault.call("root", Operation::Delete, "sys/auth/approle", Value::Null).await;
        let is_good = !is_refused(&vault, &token, READ, "auth/token/lookup-self", Value::Null).await;
        // Either all of it has failed or what counts is done: never a mount without its tokens, nor the reverse.
        let there = vault.call("root", READ, "auth/approle/role/r", Value::Null).await.is_ok();
        assert_eq!(there, is_good, "{nth} {first:?}");
        faults.refuse_commit(0);
        vault.call("root", Operation::Delete, "sys/auth/approle", Value::Null).await.unwrap();
        assert!(is_refused(&vault, &token, READ, "auth/token/lookup-self", Value::Null).await);
        let leases = vault.call("root", LIST, "sys/leases/lookup/auth/approle", Value::Null).await;
        assert_eq!(leases.unwrap_err().kind, FaultKind::NotFound);
        vault.call("root", WRITE, "sys/auth/approle", json!({ "type": "approle" })).await.unwrap();
        let role = vault.call("root", READ, "auth/approle/role/r", Value::Null).await;
        assert_eq!(role.unwrap_err().kind, FaultKind::NotFound);
    }
}
