//! Whole commands that Vault does not have, against a server that answers as told.

use super::tests::{DENIED, READ, V2, check};
use crate::testing::{Stub, call};

#[test]
fn a_mistyped_command_is_answered_with_the_one_that_was_meant() {
    for (typed, status, hint) in [
        (["statsu"].as_slice(), 127, "Did you mean \"kvd status\"?"),
        (&["kv", "metdata"], 1, "Did you mean \"kvd kv metadata\"?"),
        (&["kv", "metadata", "gte", "x"], 1, "Did you mean \"kvd kv metadata get\"?"),
        (&["kv", "get", "-mout=s", "x"], 1, "Did you mean -mount?"),
    ] {
        let printed = call(typed, [], "");
        assert_eq!(printed.status, status, "{typed:?}");
        assert!(printed.stderr.trim_end().ends_with(hint), "{}", printed.stderr);
    }
    assert!(!call(&["nosuch"], [], "").stderr.contains("Did you mean"));
}

#[test]
fn a_shell_is_told_what_could_come_next() {
    let printed = call(&["ignored"], [("COMP_LINE", "kvd kv ro")], "");
    assert_eq!((printed.status, printed.stdout.as_str()), (0, "rollback\n"));
}

#[test]
fn secrets_become_variables() {
    for (format, expected) in [
        ("dotenv", "a=12345678901234567890\nb=2\n"),
        ("export", "export a='12345678901234567890'\nexport b='2'\n"),
    ] {
        let stub = Stub::answering(&[(200, V2), (200, READ)]);
        let printed = stub.call(&["kv", "get", &format!("-format={format}"), "secret/app"]);
        assert_eq!((printed.status, printed.stdout.as_str()), (0, expected));
    }
    let refused = call(&["kv", "list", "-format=dotenv", "secret"], [], "");
    assert_eq!(refused.status, 1);
}

#[test]
fn a_watched_secret_is_printed_whenever_it_changed() {
    let changed = r#"{"request_id": "s", "data": {"data": {"b": "3"}, "metadata": {"version": 4}}}"#;
    let stub = Stub::answering(&[(200, V2), (200, READ), (200, READ), (200, changed), (403, DENIED)]);
    let printed = stub.call(&["kv", "get", "-watch", "-watch-interval=0", "-field=b", "secret/app"]);
    assert_eq!((printed.status, printed.stdout.as_str()), (2, "23"));
}

#[test]
fn versions_are_compared_key_by_key() {
    let older = r#"{"data": {"data": {"b": "1", "gone": "x"}, "metadata": {"version": 2}}}"#;
    let printed = check(
        &[(200, V2), (200, READ), (200, older)],
        &["kv", "diff", "secret/app"],
        &[
            ("GET /v1/sys/internal/ui/mounts/secret/app", ""),
            ("GET /v1/secret/data/app", ""),
            ("GET /v1/secret/data/app?version=2", ""),
        ],
    );
    assert_eq!(
        printed.stdout,
        "--- secret/data/app version 2\n+++ secret/data/app version 3\n+ a       12345678901234567890\n- b       1\n+ b       2\n\
         - gone    x\n"
    );
}

#[test]
fn a_copy_brings_the_history_and_replaces_nothing() {
    let metadata =
        r#"{"data": {"max_versions": 5, "custom_metadata": null, "versions": {"10": {}, "9": {}}}}"#;
    let deleted = r#"{"data": {"data": null, "metadata": {"version": 9}}}"#;
    let written = r#"{"data": {"version": 1}}"#;
    let preflight = |path: &str| format!("GET /v1/sys/internal/ui/mounts/secret/{path}");
    let (a, b) = (preflight("a"), preflight("b"));
    let printed = check(
        &[
            (200, V2),
            (200, V2),
            (404, r#"{"errors": []}"#),
            (200, metadata),
            (404, deleted),
            (200, READ),
            (204, ""),
            (200, written),
            (204, ""),
        ],
        &["kv", "move", "secret/a", "secret/b"],
        &[
            (a.as_str(), ""),
            (b.as_str(), ""),
            ("GET /v1/secret/metadata/b", ""),
            ("GET /v1/secret/metadata/a", ""),
            ("GET /v1/secret/data/a?version=9", ""),
            ("GET /v1/secret/data/a?version=10", ""),
            ("PUT /v1/secret/metadata/b", r#"{"max_versions":5}"#),
            ("PUT /v1/secret/data/b", r#"{"data":{"a":12345678901234567890,"b":"2"},"options":{"cas":0}}"#),
            ("DELETE /v1/secret/metadata/a", ""),
        ],
    );
    assert_eq!(printed.stdout, "Success! Moved 1 secret to: secret/b\n");
    assert!(printed.stderr.starts_with("1 version could not be read"));
    let stub = Stub::answering(&[(200, V2), (200, V2), (200, metadata)]);
    let refused = stub.call(&["kv", "copy", "secret/a", "secret/b"]);
    assert_eq!(
        (refused.status, refused.stderr.as_str()),
        (2, "There is a secret at secret/metadata/b already\n")
    );
}

#[test]
fn an_edited_secret_is_written_only_over_what_was_read() {
    let edit = |editor: &str, answers: &[(u16, &'static str)]| {
        let stub = Stub::answering(answers);
        let printed = stub.call_with(&["kv", "edit", "secret/app"], &[("EDITOR", editor)], "");
        (printed, stub.seen().last().unwrap().body.clone())
    };
    let written = r#"{"data": {"version": 4}}"#;
    let (printed, body) = edit("sed -i 's/\"2\"/\"two\"/'", &[(200, V2), (200, READ), (200, written)]);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    assert_eq!(body, r#"{"data":{"a":12345678901234567890,"b":"two"},"options":{"cas":3}}"#);
    let (printed, _) = edit("true", &[(200, V2), (200, READ)]);
    assert_eq!((printed.status, printed.stdout.as_str()), (0, "No changes were made.\n"));
    let (printed, _) = edit("false", &[(200, V2), (200, READ)]);
    assert!(printed.status == 1 && printed.stderr.contains("nothing was written"), "{}", printed.stderr);
    let (printed, _) = edit("printf '{' >", &[(200, V2), (200, READ)]);
    assert!(printed.status == 1 && printed.stderr.contains("unexpected EOF"), "{}", printed.stderr);
}

#[test]
fn a_file_of_variables_gives_all_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    std::fs::write(&file, "# app\nA=1\nexport B=\"two\\nlines\"\n").unwrap();
    let written = r#"{"data": {"version": 1}}"#;
    check(
        &[(200, V2), (200, written)],
        &["kv", "put", "-mount=secret", "a", &format!("@{}", file.display())],
        &[
            ("GET /v1/sys/internal/ui/mounts/secret", ""),
            ("PUT /v1/secret/data/a", r#"{"data":{"A":"1","B":"two\nlines"},"options":{}}"#),
        ],
    );
}
