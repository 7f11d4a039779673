//! Rate limits and mounts through the whole request path.
#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation, Secret};
use serde_json::json;
use std::time::Duration;

const DELETE: Operation = Operation::Delete;
const LIST: Operation = Operation::List;
const READ: Operation = Operation::Read;
const WRITE: Operation = Operation::Write;

/// Whether a read of the secret is refused for being one too many, which is told before any look at the token.
async fn is_limited(vault: &TestVault) -> bool {
    let fault = vault.call("", READ, "secret/data/a", json!({})).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::RateLimited | FaultKind::PermissionDenied));
    fault.kind == FaultKind::RateLimited
}

#[tokio::test]
async fn a_limit_holds_for_its_mount_until_the_interval_is_over() {
    let vault = TestVault::start().await;
    let body = json!({ "path": "secret/", "rate": 2, "interval": "1m" });
    vault.call("root", WRITE, "sys/quotas/rate-limit/one", body).await.unwrap();
    let first = [is_limited(&vault).await, is_limited(&vault).await, is_limited(&vault).await];
    assert_eq!(first, [false, false, true]);
    vault.call("root", READ, "sys/mounts", json!({})).await.unwrap();
    vault.clock.advance(Duration::from_secs(60));
    assert!(!is_limited(&vault).await);
}

#[tokio::test]
async fn a_limit_is_there_after_a_restart_and_goes_with_its_mount() {
    let vault = TestVault::start().await;
    vault.call("root", WRITE, "sys/mounts/kv", json!({ "type": "kv" })).await.unwrap();
    let body = json!({ "path": "kv/", "rate": 1, "interval": "1m" });
    vault.call("root", WRITE, "sys/quotas/rate-limit/one", body).await.unwrap();
    let copy = vault.restarted();
    copy.unseal(&Secret::new(vault.unseal_key.expose().clone())).await.unwrap();
    let names = vault.call_on(&copy, "root", LIST, "sys/quotas/rate-limit", json!({})).await.unwrap();
    assert_eq!(names.data["keys"], json!(["one"]));
    vault.call_on(&copy, "root", DELETE, "sys/mounts/kv", json!({})).await.unwrap();
    let fault = vault.call_on(&copy, "root", LIST, "sys/quotas/rate-limit", json!({})).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound);
}

#[tokio::test]
async fn a_moved_mount_takes_its_secrets_along_and_is_still_there_after_a_restart() {
    let vault = TestVault::start().await;
    vault.call("root", WRITE, "secret/data/a", json!({ "data": { "k": "v" } })).await.unwrap();
    let answer =
        vault.call("root", WRITE, "sys/remount", json!({ "from": "secret", "to": "moved" })).await.unwrap();
    let status = format!("sys/remount/status/{}", answer.data["migration_id"].as_str().unwrap());
    loop {
        let answer = vault.call("root", READ, &status, json!({})).await.unwrap();
        match answer.data["migration_info"]["status"].as_str() {
            Some("in-progress") => tokio::task::yield_now().await,
            other => break assert_eq!(other, Some("success")),
        }
    }
    let copy = vault.restarted();
    copy.unseal(&Secret::new(vault.unseal_key.expose().clone())).await.unwrap();
    let read = vault.call_on(&copy, "root", READ, "moved/data/a", json!({})).await.unwrap();
    assert_eq!(read.data["data"]["k"], "v");
    assert!(vault.call_on(&copy, "root", READ, "secret/data/a", json!({})).await.is_err());
}
