//! Response wrapping through the whole request path.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_testkit::{Answer, TestVault};
use kvd_types::{Fault, FaultKind, Operation, Secret, Status};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// How a wrapping token is shown: as the caller's token, and in the body.
type Way = dyn Fn(&str) -> (String, Value);

const WRITE: Operation = Operation::Write;
const READ: Operation = Operation::Read;
const UNWRAP: &str = "sys/wrapping/unwrap";

/// Makes a call whose answer is wrapped for a minute, and gives the wrapping token.
async fn wrapped(vault: &TestVault, operation: Operation, path: &str, body: Value) -> String {
    let mut call = vault.request("root", operation, path, &body);
    call.wrap_ttl = Some(Duration::from_secs(60));
    let reply = vault.vault.serve(call).await.unwrap();
    let info = reply.wrap.unwrap();
    assert_eq!((info.ttl, info.creation_path.as_str()), (Duration::from_secs(60), path));
    info.token.expose().clone()
}

/// A secret, wrapped.
async fn wrapped_secret(vault: &TestVault) -> String {
    vault.call("root", WRITE, "secret/data/x", json!({ "data": { "a": "b" } })).await.unwrap();
    wrapped(vault, READ, "secret/data/x", Value::Null).await
}

async fn unwrap_as(vault: &TestVault, caller: &str, body: Value) -> Result<Answer, Fault> {
    vault.call(caller, WRITE, UNWRAP, body).await
}

fn assert_used_up(result: Result<Answer, Fault>) {
    let fault = result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);
    assert_eq!(fault.public, ["wrapping token is not valid or does not exist"]);
}

#[tokio::test]
async fn v043_a_wrapping_token_opens_once_shown_as_caller_or_in_the_body() {
    let vault = TestVault::start().await;
    let in_body = |w: &str| ("root".to_owned(), json!({ "token": w }));
    let as_caller = |w: &str| (w.to_owned(), Value::Null);
    let as_both = |w: &str| (w.to_owned(), json!({ "token": w }));
    let ways: [&Way; 3] = [&in_body, &as_caller, &as_both];
    for way in ways {
        let token = wrapped_secret(&vault).await;
        let (caller, body) = way(&token);
        let opened = unwrap_as(&vault, &caller, body).await.unwrap();
        assert_eq!(opened.data["data"], json!({ "a": "b" }));
        for again in ways {
            let (caller, body) = again(&token);
            assert_used_up(unwrap_as(&vault, &caller, body).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn v043_of_a_hundred_that_unwrap_at_once_one_gets_the_answer() {
    let vault = Arc::new(TestVault::start().await);
    for in_body in [false, true] {
        let token = wrapped_secret(&vault).await;
        let tries: Vec<_> = (0..100)
            .map(|_| {
                let (vault, token) = (Arc::clone(&vault), token.clone());
                tokio::spawn(async move {
                    match in_body {
                        true => unwrap_as(&vault, "root", json!({ "token": token })).await,
                        false => unwrap_as(&vault, &token, Value::Null).await,
                    }
                })
            })
            .collect();
        let mut opened = 0;
        for one in tries {
            match one.await.unwrap() {
                Ok(answer) => {
                    assert_eq!(answer.data["data"], json!({ "a": "b" }));
                    opened += 1;
                }
                // Whoever comes between the use and the end of the token is refused as with any spent token.
                Err(fault) => assert!(matches!(fault.kind, FaultKind::Invalid | FaultKind::PermissionDenied)),
            }
        }
        assert_eq!(opened, 1, "in the body: {in_body}");
    }
}

#[tokio::test]
async fn v043_a_wrapping_token_is_good_for_nothing_else() {
    let vault = TestVault::start().await;
    for (operation, path) in [
        (READ, "secret/data/x"),
        (READ, "auth/token/lookup-self"),
        (WRITE, "auth/token/create"),
        (WRITE, "auth/token/renew-self"),
        (WRITE, "sys/wrapping/rewrap"),
        (WRITE, "sys/wrapping/wrap"),
        (Operation::List, "auth/token/accessors"),
    ] {
        let token = wrapped_secret(&vault).await;
        let fault = vault.call(&token, operation, path, json!({})).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::PermissionDenied, "{path}");
        // The try was its use.
        assert_used_up(unwrap_as(&vault, "root", json!({ "token": token })).await);
    }
}

#[tokio::test]
async fn v043_a_look_shows_where_it_comes_from_and_leaves_it_good() {
    let vault = TestVault::start().await;
    let token = wrapped_secret(&vault).await;
    for caller in ["", "root", &token] {
        let seen = vault.call(caller, WRITE, "sys/wrapping/lookup", json!({ "token": token })).await.unwrap();
        assert_eq!(seen.data["creation_path"], "secret/data/x");
        assert_eq!(seen.data["creation_ttl"], 60);
    }
    assert!(unwrap_as(&vault, &token, Value::Null).await.is_ok());
}

#[tokio::test]
async fn a_wrapped_answer_ends_with_its_token() {
    let vault = TestVault::start().await;
    let late = wrapped_secret(&vault).await;
    vault.clock.advance(Duration::from_secs(60));
    assert_used_up(unwrap_as(&vault, "root", json!({ "token": late })).await);
    let revoked = wrapped_secret(&vault).await;
    vault.call("root", WRITE, "auth/token/revoke", json!({ "token": revoked })).await.unwrap();
    assert_used_up(unwrap_as(&vault, "root", json!({ "token": revoked })).await);
}

#[tokio::test]
async fn rewrapping_kills_the_old_token_and_keeps_path_time_and_answer() {
    let vault = TestVault::start().await;
    let old = wrapped_secret(&vault).await;
    let call = vault.request("root", WRITE, "sys/wrapping/rewrap", &json!({ "token": old }));
    let info = vault.vault.serve(call).await.unwrap().wrap.unwrap();
    assert_eq!((info.creation_path.as_str(), info.ttl), ("secret/data/x", Duration::from_secs(60)));
    assert_used_up(unwrap_as(&vault, "root", json!({ "token": old })).await);
    let opened = unwrap_as(&vault, "root", json!({ "token": info.token.expose() })).await.unwrap();
    assert_eq!(opened.data["data"], json!({ "a": "b" }));
}

#[tokio::test]
async fn d12_wrapped_data_comes_back_as_data_whatever_its_names() {
    let vault = TestVault::start().await;
    let data =
        json!({ "http_status_code": 418, "http_content_type": "text/html", "http_raw_body": "<b>x</b>" });
    let token = wrapped(&vault, WRITE, "sys/wrapping/wrap", data.clone()).await;
    let call = vault.request("root", WRITE, UNWRAP, &json!({ "token": token }));
    let reply = vault.vault.serve(call).await.unwrap();
    assert_eq!(reply.status, Status::Done);
    let kvd_types::Body::Data(text) = reply.body else { panic!("not data") };
    assert_eq!(serde_json::from_str::<Value>(text.as_str()).unwrap(), data);
}

#[tokio::test]
async fn a_new_token_comes_out_as_it_went_in_and_only_its_accessor_is_told() {
    let vault = TestVault::start().await;
    let mut call = vault.request("root", WRITE, "auth/token/create", &json!({ "policies": ["default"] }));
    call.wrap_ttl = Some(Duration::from_secs(60));
    let reply = vault.vault.serve(call).await.unwrap();
    assert!(reply.auth.is_none());
    let info = reply.wrap.unwrap();
    let opened = unwrap_as(&vault, info.token.expose(), Value::Null).await.unwrap().auth.unwrap();
    assert_eq!(info.wrapped_accessor.as_deref(), Some(opened.accessor.as_str()));
    let token = opened.client_token.as_ref().map(Secret::expose).unwrap();
    assert!(vault.call(token, READ, "auth/token/lookup-self", Value::Null).await.is_ok());
}

#[tokio::test]
async fn what_says_nothing_and_what_fails_is_not_wrapped() {
    let vault = TestVault::start().await;
    for (operation, path, body) in [
        (WRITE, "cubbyhole/x", json!({ "a": "b" })),
        (READ, "secret/data/nope", Value::Null),
        (WRITE, "sys/wrapping/unwrap", json!({ "token": "nosuch" })),
    ] {
        let mut call = vault.request("root", operation, path, &body);
        call.wrap_ttl = Some(Duration::from_secs(60));
        if let Ok(reply) = vault.vault.serve(call).await {
            assert!(reply.wrap.is_none(), "{path}");
        }
    }
}

#[tokio::test]
async fn the_old_way_gives_the_answer_as_a_text_and_takes_the_use() {
    let vault = TestVault::start().await;
    let token = wrapped_secret(&vault).await;
    let answer = vault.call(&token, READ, "cubbyhole/response", Value::Null).await.unwrap();
    let text: Value = serde_json::from_str(answer.data["response"].as_str().unwrap()).unwrap();
    assert_eq!(text["data"]["data"], json!({ "a": "b" }));
    assert_eq!((&text["auth"], &text["wrap_info"]), (&Value::Null, &Value::Null));
    assert!(answer.warnings[0].contains("deprecated"));
    assert_used_up(unwrap_as(&vault, &token, Value::Null).await);
}

#[tokio::test]
async fn the_old_way_only_reads_and_is_no_way_for_other_tokens() {
    let vault = TestVault::start().await;
    let token = wrapped_secret(&vault).await;
    let written = vault.call(&token, WRITE, "cubbyhole/response", json!({ "response": "x" })).await;
    assert_eq!(written.unwrap_err().kind, FaultKind::PermissionDenied);
    let own = vault.call("root", READ, "cubbyhole/response", Value::Null).await.unwrap_err();
    assert_eq!(own.kind, FaultKind::NotFound);
}

#[tokio::test]
async fn a_wrapped_secret_id_tells_its_accessor() {
    let vault = TestVault::start().await;
    vault.call("root", WRITE, "sys/auth/approle", json!({ "type": "approle" })).await.unwrap();
    vault.call("root", WRITE, "auth/approle/role/r", json!({})).await.unwrap();
    let mut call = vault.request("root", WRITE, "auth/approle/role/r/secret-id", &json!({}));
    call.wrap_ttl = Some(Duration::from_secs(60));
    let info = vault.vault.serve(call).await.unwrap().wrap.unwrap();
    let opened = unwrap_as(&vault, info.token.expose(), Value::Null).await.unwrap();
    assert_eq!(info.wrapped_accessor.as_deref(), opened.data["secret_id_accessor"].as_str());
}
