//! Audit logs of a server that is killed, held against their chain by the program itself.

use crate::{
    durable::set_up,
    program::{Installation, finish, kvd},
};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;

fn verify(installation: &Installation, key: &str) -> (Option<i32>, String, String) {
    let mut command = kvd();
    command.args(["audit", "verify", "-format=json"]).arg(format!("-key={key}"));
    command.arg(installation.path("audit.log"));
    finish(command)
}

#[test]
fn p11_a_killed_server_leaves_a_log_that_verifies_and_one_that_was_edited_does_not() {
    let installation = Installation::new("");
    let server = installation.start();
    let (key, root) = set_up(&server);
    let device = json!({"type": "file", "options": {"file_path": installation.path("audit.log")}});
    assert_eq!(server.ask("PUT", "sys/audit/file", &root, &device).status, 204);
    let public = server.ask("GET", "sys/audit-key", &root, &Value::Null).body["data"]["public_key"].clone();
    let public = public.as_str().unwrap();
    let mut server = server;
    for round in 0..3 {
        for _ in 0..10 {
            assert_eq!(server.ask("GET", "sys/mounts", &root, &Value::Null).status, 200);
        }
        assert!(!server.stop(Signal::KILL).success());
        let (status, _, stderr) = verify(&installation, public);
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "after kill {round}");
        server = installation.start();
        assert_eq!(server.ask("PUT", "sys/unseal", "", &json!({"key": key})).status, 200);
    }
    assert!(server.stop(Signal::TERM).success());
    let (status, stdout, _) = verify(&installation, public);
    assert_eq!(status, Some(0));
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["resumed"].as_array().unwrap().len(), 3, "{report}");
    assert!(report["signed_lines"].as_u64() >= Some(60), "{report}");

    let log = fs::read_to_string(installation.path("audit.log")).unwrap();
    let edited = log.replacen("sys/mounts", "sys/policy", 1);
    fs::write(installation.path("audit.log"), edited).unwrap();
    let (status, _, stderr) = verify(&installation, public);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("was changed"), "{stderr}");
}

#[test]
fn a_declared_device_is_there_after_the_unseal_cannot_be_disabled_and_goes_with_its_block() {
    let block = "audit \"file\" \"declared\" {\n  description = \"d\"\n  options {\n    \
                 file_path = \"FOLDER/audit.log\"\n  }\n}";
    let installation = Installation::new(block);
    let server = installation.start();
    let (key, root) = set_up(&server);
    let listed = server.ask("GET", "sys/audit", &root, &Value::Null).body;
    assert_eq!(listed["declared/"]["type"], "file", "{listed}");
    assert_eq!(server.ask("DELETE", "sys/audit/declared", &root, &Value::Null).status, 400);
    let lines = || fs::read_to_string(installation.path("audit.log")).unwrap().lines().count();
    assert!(lines() >= 2);
    assert!(server.stop(Signal::TERM).success());

    let config = installation.path("kvd.hcl");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.split("audit \"file\"").next().unwrap()).unwrap();
    let before = lines();
    let server = installation.start();
    assert_eq!(server.ask("PUT", "sys/unseal", "", &json!({"key": key})).status, 200);
    let listed = server.ask("GET", "sys/audit", &root, &Value::Null).body;
    assert_eq!(listed["data"], json!({}), "{listed}");
    assert_eq!(lines(), before);
}

#[test]
fn a_level_set_by_a_call_holds_for_the_log_at_once() {
    let installation = Installation::new("log_level = \"error\"");
    let server = installation.start();
    let (_, root) = set_up(&server);
    let log = || fs::read_to_string(installation.path("stderr")).unwrap();
    assert_eq!(server.ask("POST", "sys/loggers/core", &root, &json!({"level": "info"})).status, 204);
    assert_eq!(server.ask("PUT", "sys/seal", &root, &Value::Null).status, 204);
    assert!(server.stop(Signal::TERM).success());
    assert!(log().contains("vault sealed") && !log().contains("vault unsealed"), "{}", log());
}

#[test]
fn metrics_and_calls_under_way_are_open_where_the_listener_says_so() {
    for (listener, status) in [
        ("", 403),
        (
            "telemetry {\n unauthenticated_metrics_access = true\n}\ninflight_requests_logging {\n \
          unauthenticated_in_flight_requests_access = true\n}",
            200,
        ),
    ] {
        let installation = Installation::new("telemetry {\n prometheus_retention_time = \"24h\"\n}");
        let config = installation.path("kvd.hcl");
        let text = fs::read_to_string(&config).unwrap();
        let text = text.replace("  tls_disable = true", &format!("  tls_disable = true\n{listener}"));
        fs::write(&config, text).unwrap();
        let server = installation.start();
        set_up(&server);
        for path in ["sys/metrics", "sys/in-flight-req"] {
            let answer = server.ask("GET", path, "", &Value::Null);
            assert_eq!(answer.status, status, "{path}");
        }
    }
}
