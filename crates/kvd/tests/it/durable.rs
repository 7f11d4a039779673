//! Servers that keep what they were given.

use crate::program::{Installation, Running};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};

/// Initialises and unseals; the unseal key and the root token.
pub(crate) fn set_up(server: &Running) -> (Value, String) {
    let made = server.ask("PUT", "sys/init", "", &json!({"secret_shares": 1, "secret_threshold": 1}));
    assert_eq!(made.status, 200, "{made:?}");
    let key = made.body["keys_base64"][0].clone();
    unseal(server, &key);
    let root = made.body["root_token"].as_str().unwrap().to_owned();
    let mounted =
        server.ask("POST", "sys/mounts/secret", &root, &json!({"type": "kv", "options": {"version": "2"}}));
    assert_eq!(mounted.status, 204, "{mounted:?}");
    (key, root)
}

pub(crate) fn unseal(server: &Running, key: &Value) {
    let answer = server.ask("PUT", "sys/unseal", "", &json!({"key": key}));
    assert_eq!(answer.body["sealed"], json!(false), "{answer:?}");
}

fn put(server: &Running, root: &str, name: &str, value: &str) {
    let path = format!("secret/data/{name}");
    let answer = server.ask("POST", &path, root, &json!({"data": {"password": value}}));
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn get(server: &Running, root: &str, name: &str) -> Value {
    let answer = server.ask("GET", &format!("secret/data/{name}"), root, &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"]["data"]["password"].clone()
}

#[test]
fn secrets_survive_a_restart_behind_the_seal() {
    let installation = Installation::new("");
    let server = installation.start();
    assert_eq!(server.ask("GET", "sys/health", "", &Value::Null).status, 501);
    let (key, root) = set_up(&server);
    put(&server, &root, "a/b", "hunter2");
    assert_eq!(get(&server, &root, "a/b"), "hunter2");
    assert!(server.stop(Signal::TERM).success());

    let server = installation.start();
    assert_eq!(server.ask("GET", "sys/health", "", &Value::Null).status, 503);
    assert_eq!(server.ask("GET", "secret/data/a/b", &root, &Value::Null).status, 503);
    unseal(&server, &key);
    assert_eq!(get(&server, &root, "a/b"), "hunter2");
    assert_eq!(server.ask("PUT", "sys/seal", &root, &Value::Null).status, 204);
    assert_eq!(server.ask("GET", "secret/data/a/b", &root, &Value::Null).status, 503);
    unseal(&server, &key);
    assert_eq!(get(&server, &root, "a/b"), "hunter2");
    assert!(server.stop(Signal::INT).success());
}

#[test]
fn what_was_answered_survives_a_kill() {
    let installation = Installation::new("");
    let server = installation.start();
    let (key, root) = set_up(&server);
    for number in 0..20 {
        put(&server, &root, &format!("n/{number}"), &format!("value {number}"));
    }
    assert!(!server.stop(Signal::KILL).success());
    let server = installation.start();
    unseal(&server, &key);
    for number in 0..20 {
        assert_eq!(get(&server, &root, &format!("n/{number}")), format!("value {number}"));
    }
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn v106_the_disk_shows_neither_names_nor_values_and_only_to_the_owner() {
    let installation = Installation::new("");
    let server = installation.start();
    let (_, root) = set_up(&server);
    put(&server, &root, "canary-name/x", "canary-value");
    assert!(server.stop(Signal::TERM).success());
    let data = installation.path("data");
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    for file in files(&data) {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{}", file.display());
        let bytes = fs::read(&file).unwrap();
        for canary in ["canary-name", "canary-value", "password", root.as_str()] {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} stands in {}", file.display());
        }
    }
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let installation = Installation::new("");
    let _first = installation.start();
    let (status, _, stderr) = crate::program::finish(installation.command());
    assert_eq!(status, Some(1));
    assert!(stderr.contains("cannot be opened"), "{stderr}");
}

#[test]
fn a_server_cannot_leave_a_core_file() {
    let installation = Installation::new("");
    let server = installation.start();
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let core: Vec<_> = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(core[4..6], ["0", "0"]);
}

#[test]
fn a_hang_up_opens_the_log_file_anew_and_reads_the_level_again() {
    let installation = Installation::new(
        "log_file = \"FOLDER/kvd.log\"\npid_file = \"FOLDER/kvd.pid\"\nlog_level = \"error\"",
    );
    let server = installation.start();
    let id = fs::read_to_string(installation.path("kvd.pid")).unwrap();
    assert_eq!(id.trim(), server.id().to_string());
    let log = installation.path("kvd.log");
    assert_eq!(fs::read_to_string(&log).unwrap(), "");
    fs::rename(&log, installation.path("old.log")).unwrap();
    let config = installation.path("kvd.hcl");
    let text = fs::read_to_string(&config).unwrap().replace("\"error\"", "\"info\"");
    fs::write(&config, text).unwrap();
    server.signal(Signal::HUP);
    let until = Instant::now() + Duration::from_secs(20);
    while !fs::read_to_string(&log).is_ok_and(|text| text.contains("reloaded")) {
        assert!(Instant::now() < until, "nothing was written after the hang-up");
        std::thread::yield_now();
    }
    assert!(server.stop(Signal::TERM).success());
    assert!(!installation.path("kvd.pid").exists());
}
