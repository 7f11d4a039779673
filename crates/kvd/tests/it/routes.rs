//! Every route of a running server, taken from its own description, with bodies that no route wants.

use crate::{
    client::{Answer, ask},
    durable::set_up,
    program::{Installation, Running},
};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};

/// What must be found nowhere.
const CANARY: &str = "canary-5d0e";

/// Paths of the description with a value in place of each parameter.
fn described(server: &Running, root: &str) -> Vec<(String, Value)> {
    let document = server.ask("GET", "sys/internal/specs/openapi", root, &Value::Null).body;
    let paths = document["paths"].as_object().unwrap();
    let filled = |path: &String| {
        let parts = path.trim_matches('/').split('/');
        parts.map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
    };
    paths.iter().map(|(path, item)| (filled(path), item.clone())).collect()
}

fn fields(operation: &Value) -> Vec<String> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
    schema.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

/// Values of each kind, and of forms that decoders are known to have quoted in their errors. The names of members are
/// shown in the clear, as Vault shows them.
fn values() -> Vec<Value> {
    vec![
        json!(CANARY),
        json!([CANARY]),
        json!({"k": CANARY}),
        json!([[CANARY], {"k": [CANARY]}]),
        json!(format!("{CANARY}=!!!")),
        json!(format!("{CANARY},{CANARY}")),
    ]
}

#[test]
fn v081_v082_v117_no_value_of_any_field_of_any_route_reaches_log_or_audit_or_ends_the_server() {
    let installation = Installation::new("log_level = \"trace\"");
    let server = installation.start();
    let (key, root) = set_up(&server);
    let audit = installation.path("audit.log");
    let device = json!({"type": "file", "options": {"file_path": audit}});
    assert_eq!(server.ask("PUT", "sys/audit/file", &root, &device).status, 204);
    for kind in ["approle", "userpass"] {
        let body = json!({"type": kind});
        assert_eq!(server.ask("POST", &format!("sys/auth/{kind}"), &root, &body).status, 204);
    }
    let mut calls = 0;
    for (path, item) in described(&server, &root) {
        for field in fields(&item["post"]) {
            // A token of its own for each field, since some routes revoke their caller.
            let made = server.ask("POST", "auth/token/create", &root, &json!({"policies": ["root"]}));
            let token = made.body["auth"]["client_token"].as_str().unwrap().to_owned();
            for value in values() {
                let Answer { status, .. } =
                    server.ask("POST", &path, &token, &json!({(field.as_str()): value}));
                assert!(status < 500 || status == 503, "{path} {field}: {status}");
                calls += 1;
            }
            if server.ask("GET", "sys/seal-status", "", &Value::Null).body["sealed"] == true {
                server.ask("PUT", "sys/unseal", "", &json!({"key": key}));
            }
        }
    }
    assert!(calls > 500, "only {calls} calls were made");
    assert!(server.stop(Signal::TERM).success());
    let log = fs::read_to_string(installation.path("stderr")).unwrap();
    assert!(log.lines().count() > 5, "the log tells of nothing");
    assert_eq!(log.lines().find(|line| line.contains(CANARY)), None);
    // Lines name policies and paths in clear; what a body held and what was wrong with it, they do not.
    let audit = fs::read_to_string(audit).unwrap();
    assert!(audit.lines().count() > calls, "the audit file tells of nothing");
    for line in audit.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for part in [&line["request"]["data"], &line["error"]] {
            assert!(!part.to_string().contains(CANARY), "{line}");
        }
    }
}

#[test]
fn v114_v115_what_can_be_asked_without_a_token_is_this_and_nothing_else() {
    let installation = Installation::new("");
    let server = installation.start();
    let (_, root) = set_up(&server);
    let mut open = BTreeSet::new();
    let mut paths: BTreeSet<String> = described(&server, &root).into_iter().map(|(path, _)| path).collect();
    let always = ["sys/init", "sys/health", "sys/leader", "sys/seal-status", "sys/unseal", "sys/seal"];
    paths.extend(always.map(str::to_owned));
    for path in paths {
        for verb in ["GET", "POST", "DELETE", "LIST", "PATCH"] {
            let answer = ask(&server.address, verb, &path, "", &json!({}));
            if !(matches!(answer.status, 403 | 405) || verb == "PATCH" && answer.status == 400) {
                open.insert(format!("{verb} {path}"));
            }
        }
    }
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    assert_eq!(open, OPEN);
}

/// Whoever adds to this list has to say who may use it and what it costs to be asked a million times.
const OPEN: &[&str] = &[
    "GET sys/health",
    "GET sys/init",
    "GET sys/internal/ui/mounts",
    "GET sys/leader",
    "GET sys/replication/status",
    "GET sys/seal-status",
    "LIST sys/internal/ui/mounts",
    "POST sys/decode-token",
    "POST sys/init",
    "POST sys/unseal",
];
