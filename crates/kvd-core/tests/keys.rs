//! Changing keys: whatever happens, the shares that somebody holds open the vault.
#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use kvd_core::{Settings, Vault};
use kvd_storage::MemoryStore;
use kvd_testkit::{FaultStore, Faults, TestVault};
use kvd_types::{Fault, FaultKind, Operation, Secret};
use serde_json::{Value, json};
use std::sync::Arc;

const DELETE: Operation = Operation::Delete;
const READ: Operation = Operation::Read;
const WRITE: Operation = Operation::Write;

async fn root(vault: &TestVault, operation: Operation, path: &str, body: Value) -> Result<Value, Fault> {
    vault.call("root", operation, path, body).await.map(|answer| answer.data)
}

async fn write(vault: &TestVault, path: &str, body: Value) -> Value {
    root(vault, WRITE, path, body).await.unwrap()
}

/// The texts of a refusal.
fn refusal(result: Result<Value, Fault>) -> String {
    let fault = result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);
    fault.public.concat()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Whether these shares open a copy of the vault, and the secret in it can be read.
async fn opens(vault: &TestVault, shares: &[String]) -> bool {
    let copy: Vault = vault.restarted();
    for share in shares {
        if copy.unseal(&Secret::new(share.clone())).await.is_err() {
            return false;
        }
    }
    vault.call_on(&copy, "root", READ, "secret/data/a", json!({})).await.is_ok()
}

async fn start() -> (TestVault, String) {
    let vault = TestVault::start().await;
    write(&vault, "secret/data/a", json!({ "data": { "k": "v" } })).await;
    let share = vault.unseal_key.expose().clone();
    (vault, share)
}

/// Begins a rekey to two shares and hands in the present one.
async fn rekey(vault: &TestVault, share: &str, verify: bool) -> Result<Value, Fault> {
    let wish = json!({ "secret_shares": 2, "secret_threshold": 2, "require_verification": verify });
    let nonce = write(vault, "sys/rekey/init", wish).await["nonce"].clone();
    root(vault, WRITE, "sys/rekey/update", json!({ "key": share, "nonce": nonce })).await
}

fn keys(answer: &Value) -> Vec<String> {
    answer["keys"].as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn v104_after_every_rotation_the_shares_open_a_copy() {
    let (vault, share) = start().await;
    for path in ["sys/rotate", "sys/rotate/keyring", "sys/rotate/root", "sys/rotate", "sys/rotate/root"] {
        write(&vault, path, json!({})).await;
        assert!(opens(&vault, std::slice::from_ref(&share)).await, "{path}");
    }
    assert_eq!(root(&vault, READ, "sys/key-status", json!({})).await.unwrap()["term"], 4);
}

#[tokio::test]
async fn v105_the_shares_of_a_rekey_open_a_copy_and_the_old_one_does_not() {
    let (vault, share) = start().await;
    let new = keys(&rekey(&vault, &share, false).await.unwrap());
    assert!(opens(&vault, &new).await);
    assert!(!opens(&vault, &[share]).await);
}

#[tokio::test]
async fn d01_a_commit_that_fails_during_a_rekey_leaves_the_old_share_good() {
    let mut refused = 0;
    for commit in 1..4 {
        let faults = Faults::default();
        let store = FaultStore::new(Arc::new(MemoryStore::in_memory().unwrap()), faults.clone());
        let vault = TestVault::over(Arc::new(store)).await;
        write(&vault, "secret/data/a", json!({ "data": { "k": "v" } })).await;
        let share = vault.unseal_key.expose().clone();
        faults.refuse_commit(commit);
        let outcome = rekey(&vault, &share, false).await;
        match outcome {
            Ok(answer) => assert!(opens(&vault, &keys(&answer)).await, "commit {commit}"),
            Err(_) => {
                refused += 1;
                assert!(opens(&vault, std::slice::from_ref(&share)).await, "commit {commit}");
                // The holders hand in their shares again, and it goes through.
                let nonce = root(&vault, READ, "sys/rekey/init", json!({})).await.unwrap()["nonce"].clone();
                let again = json!({ "key": share, "nonce": nonce });
                let answer = write(&vault, "sys/rekey/update", again).await;
                assert!(opens(&vault, &keys(&answer)).await, "commit {commit}");
            }
        }
    }
    assert!(refused > 0, "no commit of the rekey has failed, so nothing was tested");
}

#[tokio::test]
async fn d02_a_new_share_counts_once_when_it_is_proved() {
    let (vault, share) = start().await;
    let answer = rekey(&vault, &share, true).await.unwrap();
    let (new, nonce) = (keys(&answer), answer["verification_nonce"].clone());
    assert!(opens(&vault, &[share]).await, "shares that are not proved must not count");
    let first = json!({ "key": new[0], "nonce": nonce });
    write(&vault, "sys/rekey/verify", first.clone()).await;
    let text = refusal(root(&vault, WRITE, "sys/rekey/verify", first).await);
    assert!(text.contains("already been provided"), "{text}");
    assert_eq!(root(&vault, READ, "sys/rekey/verify", json!({})).await.unwrap()["progress"], 1);
    let done = write(&vault, "sys/rekey/verify", json!({ "key": new[1], "nonce": nonce })).await;
    assert_eq!(done["complete"], true);
    assert!(opens(&vault, &new).await);
}

#[tokio::test]
async fn d03_each_setting_of_automatic_rotation_is_kept_by_itself() {
    let (vault, share) = start().await;
    for (name, given, want) in [
        ("enabled", json!(false), json!(false)),
        ("interval", json!("48h"), json!("48h0m0s")),
        ("max_operations", json!(2_000_000), json!(2_000_000)),
        ("enabled", json!(true), json!(true)),
    ] {
        write(&vault, "sys/rotate/config", json!({ name: given })).await;
        let copy = vault.restarted();
        copy.unseal(&Secret::new(share.clone())).await.unwrap();
        let answer = vault.call_on(&copy, "root", READ, "sys/rotate/config", json!({})).await.unwrap();
        assert_eq!(answer.data[name], want);
    }
}

#[tokio::test]
async fn d05_a_wrong_nonce_is_refused_without_the_right_one() {
    let (vault, share) = start().await;
    let wish = json!({ "secret_shares": 2, "secret_threshold": 2 });
    let wrong = json!({ "key": share, "nonce": "00000000-0000-0000-0000-000000000000" });
    for (init, update, wish, right) in [
        ("sys/rekey/init", "sys/rekey/update", wish.clone(), "nonce"),
        ("sys/generate-root/attempt", "sys/generate-root/update", json!({}), "nonce"),
    ] {
        let nonce = text(&write(&vault, init, wish).await[right]);
        let text = refusal(root(&vault, WRITE, update, wrong.clone()).await);
        assert!(text.contains("nonce") && !text.contains(&nonce), "{text}");
    }
}

#[tokio::test]
async fn v100_nobody_undoes_a_rekey_without_a_token_or_the_nonce() {
    for open in [false, true] {
        let store = Arc::new(MemoryStore::in_memory().unwrap());
        let vault = TestVault::with(store, Settings::default()).await;
        let wish = json!({ "secret_shares": 2, "secret_threshold": 2 });
        let nonce = text(&write(&vault, "sys/rekey/init", wish).await["nonce"]);
        for body in [json!({}), json!({ "nonce": "" }), json!({ "nonce": "guess" })] {
            let mut call = vault.request("", DELETE, "sys/rekey/init", &body);
            call.opened.rekey = open;
            let fault = vault.vault.serve(call).await.err().unwrap();
            let want = if open { FaultKind::Invalid } else { FaultKind::PermissionDenied };
            assert_eq!(fault.kind, want);
        }
        let status = root(&vault, READ, "sys/rekey/init", json!({})).await.unwrap();
        assert_eq!(text(&status["nonce"]), nonce, "the rekey must still be under way");
        root(&vault, DELETE, "sys/rekey/init", json!({})).await.unwrap();
        let status = root(&vault, READ, "sys/rekey/init", json!({})).await.unwrap();
        assert_eq!(status["started"], false);
    }
}

#[tokio::test]
async fn v101_strangers_cannot_keep_an_operator_from_a_root_token() {
    let (vault, share) = start().await;
    let stranger =
        async |operation, path: &str| vault.call("", operation, path, json!({})).await.unwrap_err().kind;
    let attempt = "sys/generate-root/attempt";
    assert_eq!(stranger(WRITE, attempt).await, FaultKind::PermissionDenied);
    let started = write(&vault, attempt, json!({})).await;
    assert_eq!(stranger(DELETE, attempt).await, FaultKind::PermissionDenied);
    let given = json!({ "key": share, "nonce": started["nonce"] });
    let made = write(&vault, "sys/generate-root/update", given).await;
    let decode = json!({ "encoded_token": made["encoded_token"], "otp": started["otp"] });
    let token = vault.call("", WRITE, "sys/decode-token", decode).await.unwrap();
    let token = text(&token.data["token"]);
    assert!(vault.call(&token, READ, "sys/mounts", json!({})).await.is_ok());
}

#[tokio::test]
async fn shares_of_another_vault_start_the_collection_anew_and_give_nothing() {
    let (vault, share) = start().await;
    let nonce = write(&vault, "sys/generate-root/attempt", json!({})).await["nonce"].clone();
    let stranger = "00".repeat(32);
    let text = refusal(
        root(&vault, WRITE, "sys/generate-root/update", json!({ "key": stranger, "nonce": nonce })).await,
    );
    assert!(text.contains("invalid key"), "{text}");
    let done = write(&vault, "sys/generate-root/update", json!({ "key": share, "nonce": nonce })).await;
    assert_eq!(done["complete"], true);
}

#[tokio::test]
async fn sealing_ends_what_was_under_way() {
    let (vault, share) = start().await;
    write(&vault, "sys/generate-root/attempt", json!({})).await;
    write(&vault, "sys/seal", json!({})).await;
    vault.vault.unseal(&Secret::new(share)).await.unwrap();
    let status = root(&vault, READ, "sys/generate-root/attempt", json!({})).await.unwrap();
    assert_eq!(status["started"], false);
}
