//! A thousand names and values that must stand readable nowhere: not in the store, not in the log, and no value in the
//! audit file, whose lines name the paths that were called.

use crate::{
    durable::{files, set_up},
    program::Installation,
};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{fs, path::Path};

/// What every canary of its kind begins with.
const NAME: &str = "name-canary-7f3a";
const FIELD: &str = "field-canary-c41e";
const VALUE: &str = "value-canary-91bd";

fn holds(file: &Path, needle: &str) -> bool {
    let bytes = fs::read(file).unwrap();
    let needle = needle.as_bytes();
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn a_thousand_canaries_are_readable_nowhere() {
    let installation = Installation::new("log_level = \"trace\"");
    let server = installation.start();
    let (_, root) = set_up(&server);
    let audit = installation.path("audit.log");
    let device = json!({"type": "file", "options": {"file_path": audit}});
    assert_eq!(server.ask("PUT", "sys/audit/file", &root, &device).status, 204);

    let ok = |answer: crate::client::Answer| assert!(answer.status < 300, "{answer:?}");
    ok(server.ask("POST", &format!("sys/mounts/{NAME}-mount"), &root, &json!({"type": "kv"})));
    ok(server.ask(
        "PUT",
        &format!("sys/policies/acl/{NAME}-policy"),
        &root,
        &json!({
            "policy": format!("path \"secret/data/{NAME}/*\" {{ capabilities = [\"read\"] }}"),
        }),
    ));
    let made = server.ask(
        "POST",
        "auth/token/create",
        &root,
        &json!({
            "policies": [format!("{NAME}-policy")], "meta": {FIELD: FIELD}, "display_name": NAME,
        }),
    );
    let token = made.body["auth"]["client_token"].as_str().unwrap().to_owned();
    for number in 0..1000 {
        let path = format!("secret/data/{NAME}-{number}/{NAME}");
        let data = json!({"data": {format!("{FIELD}-{number}"): format!("{VALUE}-{number}"), "list": [VALUE, {"deep": VALUE}]}});
        ok(server.ask("POST", &path, &root, &data));
        if number % 10 == 0 {
            ok(server.ask("GET", &path, &root, &Value::Null));
            ok(server.ask("POST", &format!("{NAME}-mount/{NAME}-{number}"), &root, &json!({FIELD: VALUE})));
            ok(server.ask("POST", &format!("cubbyhole/{NAME}-{number}"), &root, &json!({FIELD: VALUE})));
            let metadata = json!({"custom_metadata": {FIELD: format!("{VALUE}-{number}")}});
            ok(server.ask("POST", &format!("secret/metadata/{NAME}-{number}/{NAME}"), &root, &metadata));
            // What is refused must not be quoted in the log either.
            let wrong = json!({"data": VALUE, "options": VALUE});
            assert_eq!(server.ask("POST", &path, &root, &wrong).status, 400);
            assert_eq!(server.ask("GET", &path, &format!("{VALUE}-token"), &Value::Null).status, 403);
        }
    }
    ok(server.ask("LIST", "secret/metadata/", &root, &Value::Null));
    assert!(server.stop(Signal::TERM).success());

    let everywhere = [NAME, FIELD, VALUE, root.as_str(), token.as_str()];
    let mut searched = 0;
    for file in files(&installation.path("data")) {
        searched += fs::metadata(&file).unwrap().len();
        for canary in everywhere {
            assert!(!holds(&file, canary), "{canary} stands in {}", file.display());
        }
    }
    assert!(searched > 500_000, "only {searched} bytes were searched: the workload is not in there");
    for canary in everywhere {
        assert!(!holds(&installation.path("stderr"), canary), "{canary} stands in the log");
    }
    let lines = fs::read_to_string(&audit).unwrap();
    assert!(
        lines.lines().count() > 2000 && lines.contains(NAME),
        "the audit file does not tell of the workload"
    );
    for canary in [VALUE, root.as_str(), token.as_str()] {
        assert!(!lines.contains(canary), "{canary} stands in the audit file");
    }
}
