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
