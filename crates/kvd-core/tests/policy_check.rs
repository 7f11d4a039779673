//! `sys/policies/check` and `check-self`: the answer, the reason, and who may ask.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation::Write};
use serde_json::{Value, json};

const CHECK: &str = "sys/policies/check";
const SELF: &str = "sys/policies/check-self";

/// Asks, and gives what was allowed, by which policies, why not, and the path of the rule that decided.
async fn ask(vault: &TestVault, token: &str, path: &str, body: Value) -> (bool, Value, Value, Value) {
    let answer = vault.call(token, Write, path, body).await.unwrap().data;
    let rule = answer["rule"]["path"].clone();
    (answer["allowed"].as_bool().unwrap(), answer["granted_by"].clone(), answer["reason"].clone(), rule)
}

async fn start() -> TestVault {
    let vault = TestVault::start().await;
    let web = r#"
        path "secret/data/*" { capabilities = ["read"] }
        path "secret/data/web/*" {
          capabilities = ["read", "update"]
          denied_parameters = { admin = [] }
        }
        path "secret/data/web/key" { capabilities = ["deny"] }
        path "sys/audit" { capabilities = ["read"] }"#;
    vault.policy("web", web).await;
    vault.policy("other", r#"path "secret/data/web/*" { capabilities = ["delete"] }"#).await;
    vault
}

#[tokio::test]
async fn the_answer_names_the_rule_that_decides_and_the_policies_that_grant() {
    let vault = start().await;
    let token = vault.token(&["web", "other"]).await;
    let denied = json!("a rule denies this path");
    for (body, want) in [
        (json!({ "path": "secret/data/a" }), (true, json!(["web"]), json!(null), json!("secret/data/*"))),
        (
            json!({ "path": "secret/data/web/a", "operation": "delete" }),
            (true, json!(["other"]), json!(null), json!("secret/data/web/*")),
        ),
        (
            json!({ "path": "/secret/data/a", "operation": "update" }),
            (false, json!([]), json!("the deciding rule does not grant update"), json!("secret/data/*")),
        ),
        (
            json!({ "path": "secret/data/web/a", "operation": "update", "parameters": { "admin": 1 } }),
            (false, json!([]), json!("a parameter or its value is denied"), json!("secret/data/web/*")),
        ),
        (json!({ "path": "secret/data/WEB/key" }), (false, json!([]), denied, json!("secret/data/web/key"))),
        (json!({ "path": "kv/x" }), (false, json!([]), json!("no rule matches this path"), json!(null))),
        (
            json!({ "path": "sys/audit" }),
            (
                false,
                json!(["web"]),
                json!("the path is protected and the deciding rule does not grant sudo"),
                json!("sys/audit"),
            ),
        ),
    ] {
        assert_eq!(ask(&vault, &token, SELF, body.clone()).await, want, "{body}");
        let mut of_other = body.clone();
        of_other["token"] = json!(token);
        assert_eq!(ask(&vault, "root", CHECK, of_other).await, want, "{body}");
    }
    let root = (true, json!(["root"]), json!(null), json!(null));
    assert_eq!(ask(&vault, "root", SELF, json!({ "path": "sys/audit" })).await, root);
}

#[tokio::test]
async fn all_rules_that_match_are_told_the_deciding_one_first() {
    let vault = start().await;
    let body = json!({ "path": "secret/data/web/x", "policies": ["web", "other"] });
    let answer = vault.call("root", Write, CHECK, body).await.unwrap().data;
    let rules: Vec<_> =
        answer["rules"].as_array().unwrap().iter().map(|r| (&r["path"], &r["decides"])).collect();
    let (narrow, broad) = (json!("secret/data/web/*"), json!("secret/data/*"));
    assert_eq!(rules, [(&narrow, &json!(true)), (&broad, &json!(false))]);
    assert_eq!(answer["rule"]["policies"], json!(["other", "web"]));
    assert_eq!(answer["rule"]["capabilities"], json!(["delete", "read", "update"]));
}

#[tokio::test]
async fn policies_can_be_asked_about_before_anybody_has_them() {
    let vault = start().await;
    let body = json!({ "path": "secret/data/a", "policies": ["web", "nosuch"] });
    let answer = vault.call("root", Write, CHECK, body).await.unwrap();
    assert_eq!((&answer.data["allowed"], answer.warnings.len()), (&json!(true), 1));
    let body = json!({ "path": "sys/audit", "policies": "root" });
    assert!(ask(&vault, "root", CHECK, body).await.0);
}

#[tokio::test]
async fn a_token_may_ask_about_itself_and_needs_a_right_to_ask_about_others() {
    let vault = start().await;
    let token = vault.token_of("root", json!({ "policies": ["web"], "no_default_policy": true })).await;
    assert!(ask(&vault, &token, SELF, json!({ "path": "secret/data/a" })).await.0);
    for (caller, path) in [(token.as_str(), CHECK), ("nosuch", SELF), ("", SELF)] {
        let body = json!({ "path": "secret/data/a", "policies": ["web"] });
        let fault = vault.call(caller, Write, path, body).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::PermissionDenied, "{caller} {path}");
    }
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let vault = start().await;
    for body in [
        json!({ "policies": ["web"] }),
        json!({ "path": "a/../b", "policies": ["web"] }),
        json!({ "path": "a", "policies": ["../web"] }),
        json!({ "path": "a", "policies": [] }),
        json!({ "path": "a" }),
        json!({ "path": "a", "policies": ["web"], "token": "root" }),
        json!({ "path": "a", "token": "nosuch" }),
        json!({ "path": "a", "accessor": "nosuch" }),
        json!({ "path": "a", "policies": ["web"], "operation": "write" }),
        json!({ "path": "a", "policies": ["web"], "parameters": [1] }),
        json!({ "path": "a", "policies": ["web"], "wrap_ttl": "soon" }),
    ] {
        let fault = vault.call("root", Write, CHECK, body.clone()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid, "{body}");
    }
}
