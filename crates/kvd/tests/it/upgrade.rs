//! A mount that goes from version 1 to version 2 while its server is killed.

use crate::{
    durable::{set_up, unseal},
    program::{Installation, Running},
};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

const VALUES: usize = 1200;
const WRITERS: usize = 24;

fn path(number: usize) -> String {
    format!("f{}/g{}/{number}", number % 5, number % 11)
}

/// Writes together, so that the flushes are shared.
fn fill(server: &Running, root: &str) {
    let mounted = server.ask("POST", "sys/mounts/old", root, &json!({ "type": "kv" }));
    assert_eq!(mounted.status, 204, "{mounted:?}");
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                for number in (writer..VALUES).step_by(WRITERS) {
                    let value = json!({ "n": number, "exact": "9007199254740993" });
                    let answer = server.ask("POST", &format!("old/{}", path(number)), root, &value);
                    assert_eq!(answer.status, 204, "{answer:?}");
                }
            });
        }
    });
}

/// Whether the mount has followed; while it does, it says so and nothing else.
fn is_upgraded(server: &Running, root: &str) -> bool {
    let answer = server.ask("GET", "old/config", root, &Value::Null);
    match answer.status {
        200 => true,
        400 => {
            let text = answer.body["errors"][0].as_str().unwrap();
            assert!(text.starts_with("Upgrading from non-versioned to versioned data."), "{text}");
            false
        }
        _ => panic!("{answer:?}"),
    }
}

#[test]
fn an_upgrade_survives_kills_in_the_middle_of_it() {
    let installation = Installation::new("");
    let server = installation.start();
    let (key, root) = set_up(&server);
    fill(&server, &root);
    let options = json!({ "options": { "version": "2" } });
    let tuned = server.ask("POST", "sys/mounts/old/tune", &root, &options);
    assert!(matches!(tuned.status, 200 | 204), "{tuned:?}");
    assert!(!server.stop(Signal::KILL).success());
    // Killed again and again as soon as it goes on with it.
    for _ in 0..3 {
        let server = installation.start();
        unseal(&server, &key);
        is_upgraded(&server, &root);
        assert!(!server.stop(Signal::KILL).success());
    }
    let server = installation.start();
    unseal(&server, &key);
    let until = Instant::now() + Duration::from_secs(60);
    while !is_upgraded(&server, &root) {
        assert!(Instant::now() < until, "the upgrade does not come to its end");
        thread::yield_now();
    }
    for number in 0..VALUES {
        let answer = server.ask("GET", &format!("old/data/{}", path(number)), &root, &Value::Null);
        assert_eq!(
            answer.body["data"]["data"],
            json!({ "n": number, "exact": "9007199254740993" }),
            "{answer:?}"
        );
        assert_eq!(answer.body["data"]["metadata"]["version"], json!(1));
    }
    let folders = server.ask("LIST", "old/metadata/", &root, &Value::Null);
    assert_eq!(folders.body["data"]["keys"], json!(["f0/", "f1/", "f2/", "f3/", "f4/"]));
}
