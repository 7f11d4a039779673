//! Audit devices through the whole request path.
#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use kvd_core::{AuditSettings, Settings};
use kvd_storage::MemoryStore;
use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation};
use serde_json::{Value, json};
use std::{fs, path::Path, sync::Arc};

const DELETE: Operation = Operation::Delete;
const WRITE: Operation = Operation::Write;

async fn enable(vault: &TestVault, name: &str, file: &Path, raw: bool) {
    let options = json!({ "file_path": file, "log_raw": raw.to_string() });
    let body = json!({ "type": "file", "options": options });
    vault.call("root", WRITE, &format!("sys/audit/{name}"), body).await.unwrap();
}

async fn put(vault: &TestVault, value: Value) -> Option<FaultKind> {
    vault.call("root", WRITE, "secret/data/a", value).await.err().map(|fault| fault.kind)
}

#[tokio::test]
async fn v083_a_device_that_shows_everything_changes_no_other() {
    let (vault, folder) = (TestVault::start().await, tempfile::tempdir().unwrap());
    let (plain, raw) = (folder.path().join("plain.log"), folder.path().join("raw.log"));
    enable(&vault, "plain", &plain, false).await;
    enable(&vault, "raw", &raw, true).await;
    assert_eq!(put(&vault, json!({ "data": { "k": "CANARY-1" } })).await, None);
    vault.call("root", DELETE, "sys/audit/raw", json!({})).await.unwrap();
    assert_eq!(put(&vault, json!({ "data": { "k": "CANARY-2" } })).await, None);
    let (plain, raw) = (fs::read_to_string(plain).unwrap(), fs::read_to_string(raw).unwrap());
    assert!(raw.contains("CANARY-1") && !raw.contains("CANARY-2"));
    assert!(!plain.contains("CANARY") && plain.contains("hmac-sha256:"));
}

#[tokio::test]
async fn v080_a_value_of_the_wrong_type_stands_in_no_line_and_no_answer() {
    let (vault, folder) = (TestVault::start().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("audit.log");
    enable(&vault, "file", &file, false).await;
    for body in [
        json!({ "data": "CANARY-x9" }),
        json!({ "data": ["CANARY-x9"] }),
        json!({ "data": {}, "options": "CANARY-x9" }),
        json!({ "data": {}, "options": { "cas": "CANARY-x9" } }),
    ] {
        let fault = vault.call("root", WRITE, "secret/data/a", body.clone()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid, "{body}");
        assert!(!fault.public.concat().contains("CANARY"), "{body}");
        assert!(!format!("{fault:?}").contains("CANARY"), "{body}");
    }
    let lines = fs::read_to_string(file).unwrap();
    assert!(lines.lines().count() >= 8 && !lines.contains("CANARY"));
}

#[tokio::test]
async fn a_forbidden_folder_takes_no_audit_file_however_it_is_spelled() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, elsewhere.path().join("link")).unwrap();
    let audit = AuditSettings { forbidden: vec![data.clone()], ..AuditSettings::default() };
    let store = Arc::new(MemoryStore::in_memory().unwrap());
    let vault = TestVault::with(store, Settings { audit, ..Settings::default() }).await;
    for path in
        [data.join("audit.log"), data.join("../data/audit.log"), elsewhere.path().join("link/audit.log")]
    {
        let body = json!({ "type": "file", "options": { "file_path": path } });
        let fault = vault.call("root", WRITE, "sys/audit/file", body).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid, "{}", path.display());
    }
    enable(&vault, "file", &elsewhere.path().join("audit.log"), false).await;
    assert_eq!(fs::read_dir(data).unwrap().count(), 0);
}

#[tokio::test]
async fn lines_tell_what_the_policies_said_and_name_the_mount_to_those_who_were_let_in() {
    let (vault, folder) = (TestVault::start().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("audit.log");
    vault.policy("p", r#"path "secret/data/mine" { capabilities = ["read"] }"#).await;
    let token = vault.token(&["p"]).await;
    enable(&vault, "file", &file, false).await;
    for (path, allowed) in [("secret/data/mine", true), ("secret/data/other", false)] {
        let _ = vault.call(&token, Operation::Read, path, json!({})).await;
        let lines = fs::read_to_string(&file).unwrap();
        let last: Vec<Value> =
            lines.lines().rev().take(2).map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in last {
            assert_eq!(line["request"]["path"], path);
            assert_eq!(line["auth"]["policy_results"]["allowed"], allowed);
            let named = line["request"]["mount_accessor"].as_str().is_some_and(|a| !a.is_empty());
            assert!(!named || allowed, "{path}: a refused caller makes the accessor stand in the log");
        }
    }
}

#[tokio::test]
async fn the_first_device_records_by_which_policy_it_was_enabled() {
    let (vault, folder) = (TestVault::start().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("audit.log");
    enable(&vault, "file", &file, false).await;
    let lines = fs::read_to_string(&file).unwrap();
    let enabled: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&enabled["type"], &enabled["request"]["path"]),
        (&json!("response"), &json!("sys/audit/file"))
    );
    assert_eq!(enabled["auth"]["policy_results"]["granting_policies"][0]["name"], "root");
}
