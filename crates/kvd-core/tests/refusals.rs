//! Calls that administrators get wrong, and what they are told (security.md, 5.7).

use kvd_core::{ListenerFacts, Settings};
use kvd_storage::MemoryStore;
use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation};
use serde_json::{Value, json};
use std::sync::Arc;

const READ: Operation = Operation::Read;
const WRITE: Operation = Operation::Write;

#[tokio::test]
async fn row_5_7_what_cannot_be_done_is_said_in_words_that_clients_know() {
    let vault = TestVault::start().await;
    let attempt = json!({ "otp": "short" });
    for (path, body, want) in [
        ("sys/init", json!({ "secret_shares": 1, "secret_threshold": 1 }), "Vault is already initialized"),
        (
            "sys/rotate/root/init",
            json!({ "secret_shares": 5, "secret_threshold": 1 }),
            "threshold must be greater than one",
        ),
        (
            "sys/rotate/root/init",
            json!({ "secret_shares": 1, "secret_threshold": 2 }),
            "threshold cannot be larger than shares",
        ),
        ("sys/rotate/root/init", json!({ "secret_shares": 256, "secret_threshold": 3 }), "less than 256"),
        ("sys/generate-root/attempt", attempt, "OTP string has incorrect length"),
        ("sys/leases/revoke", json!({}), "lease_id must be specified"),
        (
            "sys/wrapping/unwrap",
            json!({ "token": "hvs.nosuch" }),
            "wrapping token is not valid or does not exist",
        ),
        ("auth/token/create", json!({ "type": "nosuch" }), "token_type"),
        ("auth/token/renew", json!({ "token": "hvs.nosuch" }), "token not found"),
    ] {
        let fault = vault.call("root", WRITE, path, body).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid, "{path}");
        assert!(fault.public.concat().contains(want), "{path}: {:?}", fault.public);
    }
}

#[tokio::test]
async fn row_5_7_shares_of_no_possible_form_are_told_from_wrong_ones() {
    let vault = TestVault::start().await;
    let sealed = vault.restarted();
    for (body, want) in [
        (json!({}), "'key' must be specified in request body as JSON, or 'reset' set to true"),
        (json!({ "key": "!!!" }), "'key' must be a valid hex or base64 string"),
        (json!({ "key": "AAAA" }), "key is shorter than minimum 16 bytes"),
        (json!({ "key": "Z".repeat(48) }), "key is longer than maximum 33 bytes"),
    ] {
        let fault = vault.call_on(&sealed, "", WRITE, "sys/unseal", body.clone()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid, "{body}");
        assert!(fault.public.concat().contains(want), "{body}: {:?}", fault.public);
    }
    // None of it stands in the way of the right one.
    let right = json!({ "key": vault.unseal_key.expose() });
    let status = vault.call_on(&sealed, "", WRITE, "sys/unseal", right.clone()).await.unwrap();
    assert_eq!(status.data["sealed"], false);
    let again = vault.call_on(&sealed, "", WRITE, "sys/unseal", right).await.unwrap();
    assert_eq!(again.data["sealed"], false);
}

#[tokio::test]
async fn v093_the_sanitized_configuration_holds_what_is_listed_and_nothing_else() {
    let settings = Settings {
        api_address: "https://canary-api".to_owned(),
        cluster_address: "https://canary-cluster".to_owned(),
        listeners: vec![ListenerFacts {
            kind: "tcp".to_owned(),
            address: "canary-listener:8200".to_owned(),
            tls: true,
        }],
        ..Settings::default()
    };
    let vault = TestVault::with(Arc::new(MemoryStore::in_memory().unwrap()), settings).await;
    let shown = vault.call("root", READ, "sys/config/state/sanitized", json!({})).await.unwrap().data;
    let names: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "api_addr",
            "cluster_addr",
            "default_lease_ttl",
            "listeners",
            "log_level",
            "max_lease_ttl",
            "storage"
        ]
    );
    assert_eq!(shown["storage"], json!({ "type": "inmem" }));
    assert_eq!(
        shown["listeners"],
        json!([{ "config": { "address": "canary-listener:8200", "tls_disable": false }, "type": "tcp" }])
    );
}

#[tokio::test]
async fn v096_no_refusal_names_an_address_of_the_server() {
    let settings = Settings {
        api_address: "https://10.9.8.7:8200".to_owned(),
        cluster_address: "https://10.9.8.7:8201".to_owned(),
        ..Settings::default()
    };
    let vault = TestVault::with(Arc::new(MemoryStore::in_memory().unwrap()), settings).await;
    for path in ["sys/nosuch", "nosuch/a", "sys/ha-status", "sys/step-down", "auth/nosuch/login"] {
        for operation in [READ, WRITE, Operation::Delete, Operation::List] {
            if let Err(fault) = vault.call("", operation, path, json!({})).await {
                assert!(!fault.public.concat().contains("10.9.8.7"), "{path}: {:?}", fault.public);
            }
        }
    }
    let leader = vault.call("", READ, "sys/leader", Value::Null).await.unwrap();
    assert!(!leader.data.to_string().contains("10.9.8.7"), "{}", leader.data);
}
