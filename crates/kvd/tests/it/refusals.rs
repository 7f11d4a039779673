//! Starts that are refused, and what is said about it.

use crate::program::{finish, kvd};
use std::fs;

fn check(config: &str, wanted: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kvd.hcl");
    fs::write(&file, config).unwrap();
    let mut command = kvd();
    command.arg("server").arg("-config").arg(&file);
    let (status, _, stderr) = finish(command);
    assert_eq!(status, Some(1), "{stderr}");
    assert!(stderr.contains(wanted) && !stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn a_configuration_that_cannot_be_followed_is_said_with_its_place() {
    check("storage \"inmem\" {}", "no listener");
    check(
        "listener \"tcp\" {\n  tls_disable = \"hunter2\"\n}",
        "kvd.hcl:2:17: tls_disable wants true or false",
    );
    check("storage \"inmem\" {}\nlistener \"tcp\" {}", "TLS needs tls_cert_file and tls_key_file");
    check(
        "storage \"inmem\" {}\nlistener \"tcp\" { address = \"nowhere\" tls_disable = true }",
        "cannot be opened",
    );
    check("seal \"awskms\" { kms_key_id = \"hunter2\" }", "this kind of seal is not known");
}

#[test]
fn an_address_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = kvd();
    command.args(["server", "-dev", &format!("-dev-listen-address={}", taken.local_addr().unwrap())]);
    let (status, _, stderr) = finish(command);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("Address already in use"), "{stderr}");
}

#[test]
fn flags_that_do_not_exist_and_missing_files_are_said() {
    for (arguments, wanted) in [
        (&["server", "-nope"][..], "flag provided but not defined: -nope"),
        (&["server"], "at least one config path"),
        (&["server", "-config=/nowhere.hcl"], "/nowhere.hcl"),
    ] {
        let mut command = kvd();
        command.args(arguments);
        let (status, _, stderr) = finish(command);
        assert_eq!(status, Some(1), "{stderr}");
        assert!(stderr.contains(wanted), "{stderr}");
    }
}
