//! Development servers.

use crate::program::{Running, kvd};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Starts a development server on a free port, with an empty environment but for its home.
pub(crate) fn start(arguments: &[&str], home: &Path) -> Running {
    let mut command = kvd();
    command
        .arg("server")
        .arg("-dev")
        .arg("-dev-listen-address=127.0.0.1:0")
        .args(arguments)
        .env("HOME", home);
    Running::start(command, &home.join("stderr"))
}

#[test]
fn a_development_server_is_ready_at_once() {
    let home = tempfile::tempdir().unwrap();
    let server = start(&["-dev-root-token-id=root", "-dev-no-store-token"], home.path());
    for line in ["Root Token: root", "Unseal Key: ", "export VAULT_ADDR='http://127.0.0.1:"] {
        assert!(server.banner.contains(line), "{}", server.banner);
    }
    let put = server.ask("POST", "secret/data/hello", "root", &json!({"data": {"who": "world"}}));
    assert_eq!(put.status, 200, "{put:?}");
    let got = server.ask("GET", "secret/data/hello", "root", &Value::Null);
    assert_eq!(got.body["data"]["data"], json!({"who": "world"}));
    assert_eq!(server.ask("GET", "secret/data/hello", "other", &Value::Null).status, 403);
    assert!(!home.path().join(".vault-token").exists());
    assert!(server.stop(Signal::TERM).success());
}

#[test]
fn the_command_line_finds_the_token_and_the_secret() {
    let home = tempfile::tempdir().unwrap();
    let server = start(&["-dev-kv-v1"], home.path());
    let kept = fs::read_to_string(home.path().join(".vault-token")).unwrap();
    assert!(server.banner.contains(&format!("Root Token: {kept}\n")), "{}", server.banner);
    let run = |arguments: &[&str]| {
        let mut command = kvd();
        command
            .args(arguments)
            .env("HOME", home.path())
            .env("VAULT_ADDR", format!("http://{}", server.address));
        crate::program::finish(command)
    };
    let (status, _, stderr) = run(&["kv", "put", "secret/hello", "who=world"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let (status, stdout, _) = run(&["kv", "get", "-field=who", "secret/hello"]);
    assert_eq!((status, stdout.as_str()), (Some(0), "world"));
}

#[test]
fn v092_nothing_of_the_environment_reaches_the_log() {
    let home = tempfile::tempdir().unwrap();
    let mut command = kvd();
    command.args([
        "server",
        "-dev",
        "-dev-listen-address=127.0.0.1:0",
        "-dev-no-store-token",
        "-log-level=trace",
    ]);
    command
        .env("HTTPS_PROXY", "http://u:CANARY@h")
        .env("VAULT_TOKEN", "CANARY")
        .env("KVD_DEV_ROOT_TOKEN_ID", "CANARY-root");
    let server = Running::start(command, &home.path().join("stderr"));
    assert_eq!(server.ask("GET", "secret/data/CANARY", "CANARY-root", &Value::Null).status, 404);
    assert_eq!(server.ask("POST", "secret/data/x", "CANARY-root", &json!({"CANARY": "CANARY"})).status, 400);
    assert!(server.stop(Signal::TERM).success());
    let log = fs::read_to_string(home.path().join("stderr")).unwrap();
    assert!(log.contains("stopped"), "{log}");
    assert!(!log.contains("CANARY"), "{log}");
}
