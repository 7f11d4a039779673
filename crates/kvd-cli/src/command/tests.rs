//! Whole commands against a server that answers as told: what they send, what they print, how they exit.

use crate::testing::{Printed, Stub, call};

pub(super) const V2: &str = r#"{"data": {"path": "secret/", "options": {"version": "2"}}}"#;
const V1: &str = r#"{"data": {"path": "one/", "options": null}}"#;
pub(super) const READ: &str = r#"{"request_id": "r", "data": {"data": {"b": "2", "a": 12345678901234567890},
    "metadata": {"created_time": "T", "custom_metadata": null, "deletion_time": "", "destroyed": false, "version": 3}}}"#;
pub(super) const DENIED: &str = r#"{"errors": ["1 error occurred:\n\t* permission denied\n\n"]}"#;

/// Runs a command and compares the requests it sends, as method, target and body.
pub(super) fn check(answers: &[(u16, &'static str)], typed: &[&str], requests: &[(&str, &str)]) -> Printed {
    let stub = Stub::answering(answers);
    let printed = stub.call(typed);
    let seen: Vec<_> = stub.seen().into_iter().map(|request| (request.line, request.body)).collect();
    let expected: Vec<_> = requests.iter().map(|&(line, body)| (line.to_owned(), body.to_owned())).collect();
    assert_eq!(seen, expected, "{typed:?}\n{}", printed.stderr);
    printed
}

#[test]
fn kv_get_shows_path_metadata_and_data() {
    let printed = check(
        &[(200, V2), (200, READ)],
        &["kv", "get", "-version=3", "secret/app"],
        &[("GET /v1/sys/internal/ui/mounts/secret/app", ""), ("GET /v1/secret/data/app?version=3", "")],
    );
    assert_eq!(
        printed.stdout,
        "= Secret Path =\nsecret/data/app\n\n\
         ======= Metadata =======\n\
         Key                Value\n\
         ---                -----\n\
         created_time       T\n\
         custom_metadata    <nil>\n\
         deletion_time      n/a\n\
         destroyed          false\n\
         version            3\n\n\
         == Data ==\n\
         Key    Value\n\
         ---    -----\n\
         a      12345678901234567890\n\
         b      2\n"
    );
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
}

#[test]
fn kv_get_reduces_to_a_field_or_a_document() {
    for (flags, expected) in [
        (["-field=b"].as_slice(), "2"),
        (&["-field=data"], "map[a:12345678901234567890 b:2]"),
        (&["-field=a", "-format=json"], "12345678901234567890"),
        (&["-field=data", "-format=yaml"], "a: 12345678901234567890\nb: \"2\"\n"),
    ] {
        let stub = Stub::answering(&[(200, V2), (200, READ)]);
        let printed = stub.call(&[&["kv", "get"], flags, &["secret/app"]].concat());
        assert_eq!((printed.status, printed.stdout.as_str()), (0, expected), "{flags:?}");
    }
    let stub = Stub::answering(&[(200, V2), (200, READ)]);
    let printed = stub.call(&["kv", "get", "-format=json", "secret/app"]);
    assert!(printed.stdout.starts_with("{\n  \"request_id\": \"r\",\n  \"lease_id\": \"\",\n"));
    assert!(printed.stdout.contains("\n      \"a\": 12345678901234567890,\n"));
}

#[test]
fn values_that_are_not_there_have_their_own_exit_status() {
    let deleted = r#"{"data": {"data": null, "metadata": {"deletion_time": "T", "version": 1}}}"#;
    for (answer, typed, status, stderr) in [
        ((404, r#"{"errors": []}"#), ["-field=x"].as_slice(), 2, "No value found at secret/data/a\n"),
        ((404, deleted), &["-field=x"], 2, "No data found at secret/data/a\n"),
        ((404, deleted), &[], 0, ""),
        ((200, READ), &["-field=nope"], 1, "Field \"nope\" not present in secret\n"),
    ] {
        let stub = Stub::answering(&[(200, V2), answer]);
        let printed = stub.call(&[&["kv", "get"], typed, &["secret/a"]].concat());
        assert_eq!((printed.status, printed.stderr.as_str()), (status, stderr), "{typed:?}");
    }
}

#[test]
fn kv_put_writes_the_body_of_its_version() {
    let written = r#"{"data": {"version": 1}}"#;
    let preflight = ("GET /v1/sys/internal/ui/mounts/secret/a", "");
    check(
        &[(200, V2), (200, written)],
        &["kv", "put", "-cas=0", "secret/a", "x=1", "y=<&>"],
        &[
            preflight,
            ("PUT /v1/secret/data/a", r#"{"data":{"x":"1","y":"\u003c\u0026\u003e"},"options":{"cas":0}}"#),
        ],
    );
    let printed = check(
        &[(200, V1), (204, "")],
        &["kv", "put", "-mount=one", "a", "x=1"],
        &[("GET /v1/sys/internal/ui/mounts/one", ""), ("PUT /v1/one/a", r#"{"x":"1"}"#)],
    );
    assert_eq!(printed.stdout, "Success! Data written to: one/a\n");
}

#[test]
fn kv_patch_falls_back_to_read_then_write() {
    let printed = check(
        &[(200, V2), (403, DENIED), (200, READ), (200, r#"{"data": {"version": 4}}"#)],
        &["kv", "patch", "-remove-data=b", "secret/a", "c=3"],
        &[
            ("GET /v1/sys/internal/ui/mounts/secret/a", ""),
            ("PATCH /v1/secret/data/a", r#"{"data":{"b":null,"c":"3"},"options":{}}"#),
            ("GET /v1/secret/data/a", ""),
            (
                "PUT /v1/secret/data/a",
                r#"{"data":{"a":12345678901234567890,"b":null,"c":"3"},"options":{"cas":3}}"#,
            ),
        ],
    );
    assert_eq!(printed.status, 0);
    assert!(printed.stderr.contains("add the \"patch\" capability"));
}

#[test]
fn commands_send_the_requests_vault_sends() {
    for (typed, line, body) in [
        (
            "secrets enable -version=2 -path=s -max-lease-ttl=1h kv",
            "POST /v1/sys/mounts/s",
            "\"options\":{\"version\":\"2\"}",
        ),
        (
            "secrets tune -default-lease-ttl=-1 s/",
            "POST /v1/sys/mounts/s/tune",
            r#"{"default_lease_ttl":"system"}"#,
        ),
        ("secrets disable s", "DELETE /v1/sys/mounts/s", ""),
        ("auth enable -token-type=batch approle", "POST /v1/sys/auth/approle", "\"token_type\":\"batch\""),
        ("auth tune -description=d people", "POST /v1/sys/mounts/auth/people/tune", r#"{"description":"d"}"#),
        ("auth disable people/", "DELETE /v1/sys/auth/people", ""),
        ("audit enable file file_path=x", "PUT /v1/sys/audit/file", "\"options\":{\"file_path\":\"x\"}"),
        ("audit disable file/", "DELETE /v1/sys/audit/file", ""),
        ("policy delete NAME", "DELETE /v1/sys/policies/acl/name", ""),
        (
            "token create -policy=a -ttl=90m -metadata=k=v",
            "POST /v1/auth/token/create",
            "\"ttl\":\"1h30m0s\"",
        ),
        (
            "token create -role=r -type=batch",
            "POST /v1/auth/token/create/r",
            r#"{"renewable":false,"type":"batch"}"#,
        ),
        ("token lookup", "GET /v1/auth/token/lookup-self", ""),
        ("token lookup -accessor x", "POST /v1/auth/token/lookup-accessor", r#"{"accessor":"x"}"#),
        ("token renew -increment=1m", "PUT /v1/auth/token/renew-self", r#"{"increment":60}"#),
        ("token renew x", "PUT /v1/auth/token/renew", r#"{"increment":0,"token":"x"}"#),
        ("token revoke -self", "PUT /v1/auth/token/revoke-self", ""),
        ("token revoke -mode=orphan x", "PUT /v1/auth/token/revoke-orphan", r#"{"token":"x"}"#),
        ("token revoke -mode=path auth/p", "PUT /v1/sys/leases/revoke-prefix/auth/p", ""),
        ("token capabilities x p", "POST /v1/sys/capabilities", r#"{"paths":["p"],"token":"x"}"#),
        (
            "lease renew -increment=1h l/1",
            "PUT /v1/sys/leases/renew",
            r#"{"increment":3600,"lease_id":"l/1"}"#,
        ),
        ("lease revoke -prefix -sync l", "PUT /v1/sys/leases/revoke-prefix/l", r#"{"sync":true}"#),
        ("lease revoke -prefix -force l", "PUT /v1/sys/leases/revoke-force/l", ""),
        ("unwrap", "PUT /v1/sys/wrapping/unwrap", ""),
        ("unwrap w", "PUT /v1/sys/wrapping/unwrap", r#"{"token":"w"}"#),
        ("write -force a/b", "PUT /v1/a/b", "null"),
        ("patch a k=v", "PATCH /v1/a", r#"{"k":"v"}"#),
        ("delete a x=1 x=2", "DELETE /v1/a?x=1&x=2", ""),
        ("list -after=k -limit=2 a", "GET /v1/a?after=k&limit=2&list=true", ""),
        ("scan a", "GET /v1/a?scan=true", ""),
        ("path-help a", "GET /v1/a?help=1", ""),
        ("operator seal", "PUT /v1/sys/seal", ""),
        ("operator unseal -reset", "PUT /v1/sys/unseal", r#"{"reset":true}"#),
        ("operator unseal k", "PUT /v1/sys/unseal", r#"{"key":"k","migrate":false}"#),
        ("operator rotate", "POST /v1/sys/rotate", ""),
        ("operator step-down", "PUT /v1/sys/step-down", ""),
        ("operator rekey -cancel -verify", "DELETE /v1/sys/rekey/verify", ""),
        ("operator generate-root -cancel", "DELETE /v1/sys/generate-root/attempt", ""),
        (
            "namespace create -custom-metadata=k=v n",
            "POST /v1/sys/namespaces/n",
            r#"{"custom_metadata":{"k":"v"}}"#,
        ),
    ] {
        let stub = Stub::answering(&[(400, r#"{"errors": ["stop"]}"#)]);
        let typed: Vec<_> = typed.split(' ').collect();
        stub.call(&typed);
        let seen = stub.seen().remove(0);
        assert_eq!(seen.line, line, "{typed:?}");
        assert!(
            seen.body.contains(body) && seen.body.is_empty() == body.is_empty(),
            "{typed:?}: {}",
            seen.body
        );
    }
}

#[test]
fn init_shows_its_keys_once_and_says_what_they_are_for() {
    let status = r#"{"recovery_seal": false}"#;
    let keys = r#"{"keys": ["aa", "bb"], "keys_base64": ["YWE=", "YmI="], "root_token": "hvs.r"}"#;
    let body = r#"{"recovery_shares":0,"recovery_threshold":0,"secret_shares":2,"secret_threshold":2}"#;
    let printed = check(
        &[(200, status), (200, keys)],
        &["operator", "init", "-key-shares=2", "-key-threshold=2"],
        &[("GET /v1/sys/seal-status", ""), ("PUT /v1/sys/init", body)],
    );
    let start = "Unseal Key 1: YWE=\nUnseal Key 2: YmI=\n\nInitial Root Token: hvs.r\n\nVault initialized with 2 key shares";
    assert!(printed.stdout.starts_with(start), "{}", printed.stdout);
    let stub = Stub::answering(&[(200, r#"{"initialized": false}"#)]);
    let printed = stub.call(&["operator", "init", "-status"]);
    assert_eq!((printed.status, printed.stdout.as_str()), (2, "Vault is not initialized\n"));
}

#[test]
fn refusals_are_shown_with_their_request() {
    let stub = Stub::answering(&[(403, DENIED)]);
    let printed = stub.call(&["read", "secret/data/a"]);
    let expected = format!(
        "Error reading secret/data/a: Error making API request.\n\nURL: GET {}/v1/secret/data/a\n\
         Code: 403. Errors:\n\n* 1 error occurred:\n\t* permission denied\n\n\n",
        stub.address
    );
    assert_eq!((printed.status, printed.stderr), (2, expected));
}

#[test]
fn warnings_of_a_refusal_are_shown_after_it() {
    let stub =
        Stub::answering(&[(404, r#"{"warnings": ["Invalid path"], "data": null, "request_id": "r"}"#)]);
    let printed = stub.call(&["write", "secret/a", "k=v"]);
    let end = "Code: 404. Errors:\n\n\nWARNING! The following warnings were returned from Vault:\n\n  * Invalid path\n\n";
    assert!(printed.stderr.ends_with(end), "{}", printed.stderr);
}

#[test]
fn headers_say_who_asks_and_for_which_namespace() {
    let stub = Stub::answering(&[(200, r#"{"data": {"k": "v"}}"#)]);
    stub.call(&["read", "-ns=team", "-wrap-ttl=60", "-header=X-Other=1", "-mfa=m:1", "a"]);
    let headers = stub.seen().remove(0).headers;
    for expected in [
        "x-vault-token: t",
        "x-vault-request: true",
        "x-vault-namespace: team/",
        "x-vault-wrap-ttl: 1m0s",
        "x-other: 1",
        "x-vault-mfa: m:1",
    ] {
        assert!(headers.iter().any(|header| header.to_lowercase() == expected), "{expected} in {headers:?}");
    }
}

#[test]
fn one_redirect_is_followed_and_errors_are_tried_again_only_on_request() {
    let data = r#"{"data": {"k": "v"}}"#;
    let target = Stub::answering(&[(200, data)]);
    let location = format!("Location: {}/v1/b\r\n", target.address);
    let redirecting = Stub::with_headers(vec![(307, location, "")]);
    assert_eq!(redirecting.call(&["read", "-field=k", "a"]).stdout, "v");
    assert_eq!(target.seen()[0].line, "GET /v1/b");

    let failing = Stub::answering(&[(500, r#"{"errors": ["down"]}"#)]);
    assert_eq!(failing.call(&["read", "a"]).status, 2);
    let wait = "Retry-After: 0\r\n".to_owned();
    let recovering =
        Stub::with_headers(vec![(503, wait.clone(), ""), (429, wait, ""), (200, String::new(), data)]);
    let printed = recovering.call_with(&["read", "-field=k", "a"], &[("VAULT_MAX_RETRIES", "2")], "");
    assert_eq!(printed.stdout, "v");
}

#[test]
fn requests_can_be_shown_instead_of_sent() {
    let printed = check(
        &[(200, V2)],
        &["kv", "put", "-output-policy", "secret/a", "x=1"],
        &[("GET /v1/sys/internal/ui/mounts/secret/a", "")],
    );
    assert_eq!(printed.stdout, "path \"secret/data/a\" {\n  capabilities = [\"create\", \"update\"]\n}\n");

    let printed =
        call(&["delete", "-output-curl-string", "a"], [("VAULT_ADDR", "http://h"), ("VAULT_TOKEN", "t")], "");
    assert_eq!(
        printed.stdout,
        "curl -X DELETE -H \"X-Vault-Request: true\" -H \"X-Vault-Token: $(kvd print token)\" \"http://h/v1/a\"\n"
    );

    let printed = call(&["kv", "get", "-output-curl-string"], [], "");
    let expected = "Not enough arguments (expected 1, got 0)\nUnable to generate cURL string from command\n";
    assert_eq!((printed.status, printed.stderr.as_str()), (1, expected));
}

#[test]
fn lists_of_nothing_are_empty_documents_with_a_status() {
    for (flags, stdout, stderr) in [
        (["-format=json"].as_slice(), "{}\n", ""),
        (&["-format=yaml"], "{}\n", ""),
        (&[], "", "No value found at a\n"),
    ] {
        let stub = Stub::answering(&[(404, r#"{"errors": []}"#)]);
        let printed = stub.call(&[&["list"], flags, &["a/"]].concat());
        assert_eq!((printed.status, printed.stdout.as_str(), printed.stderr.as_str()), (2, stdout, stderr));
        assert_eq!(stub.seen()[0].line, "GET /v1/a?list=true");
    }
}

#[test]
fn status_exits_by_the_seal() {
    let sealed = r#"{"type": "shamir", "initialized": true, "sealed": true, "t": 2, "n": 3, "progress": 0, "nonce": ""}"#;
    let open = r#"{"type": "shamir", "initialized": true, "sealed": false, "t": 2, "n": 3}"#;
    let leader = r#"{"ha_enabled": false}"#;
    for (answers, status) in [
        ([(200, sealed), (200, leader)], 2),
        ([(200, open), (200, leader)], 0),
        ([(500, ""), (200, leader)], 1),
    ] {
        assert_eq!(Stub::answering(&answers).call(&["status"]).status, status);
    }
}

#[test]
fn a_login_is_kept_for_the_next_command() {
    let home = tempfile::tempdir().unwrap();
    let home_path = home.path().to_str().unwrap();
    let found = r#"{"data": {"id": "hvs.x", "accessor": "a", "policies": ["default"], "ttl": 3600, "renewable": true}}"#;
    let stub = Stub::answering(&[(200, found)]);
    let variables = [("VAULT_ADDR", stub.address.as_str()), ("HOME", home_path), ("NO_PROXY", "*")];
    let printed = call(&["login", "-"], variables, "hvs.x\n");
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    assert!(printed.stdout.starts_with("Success! You are now authenticated."));
    assert!(printed.stdout.contains("\ntoken_duration       1h\n"));
    assert_eq!(call(&["print", "token"], [("HOME", home_path)], "").stdout, "hvs.x\n");

    let printed = call(&["login", "-token-only", "lookup=false", "token=hvs.y"], variables, "");
    assert_eq!(printed.stdout, "hvs.y");
    assert_eq!(call(&["print", "token"], [("HOME", home_path)], "").stdout, "hvs.x\n");
}

#[test]
fn a_signed_token_is_shown_to_the_method_that_takes_it() {
    let made = r#"{"auth": {"client_token": "hvs.x", "policies": ["default"]}}"#;
    for (typed, stdin, line, body) in [
        (["-method=jwt", "jwt=a.b.c"].as_slice(), "", "PUT /v1/auth/jwt/login", r#"{"jwt":"a.b.c"}"#),
        (
            &["-method=jwt", "role=ci", "jwt=-"],
            "a.b.c",
            "PUT /v1/auth/jwt/login",
            r#"{"jwt":"a.b.c","role":"ci"}"#,
        ),
        (
            &["-method=kubernetes", "-path=prod", "role=web", "jwt=a.b.c"],
            "",
            "PUT /v1/auth/prod/login",
            r#"{"jwt":"a.b.c","role":"web"}"#,
        ),
        (&["-method=cert", "name=web"], "", "PUT /v1/auth/cert/login", r#"{"name":"web"}"#),
    ] {
        let stub = Stub::answering(&[(200, made)]);
        let printed = stub.call_with(&[&["login", "-token-only"], typed].concat(), &[], stdin);
        assert_eq!((printed.status, printed.stdout.as_str()), (0, "hvs.x"), "{}", printed.stderr);
        let seen = stub.seen();
        assert_eq!((seen[0].line.as_str(), seen[0].body.as_str()), (line, body), "{typed:?}");
    }
    let printed = Stub::answering(&[]).call(&["login", "-method=kubernetes", "jwt=a.b.c"]);
    assert_eq!(
        (printed.status, printed.stderr.as_str()),
        (2, "Error authenticating: 'role' must be supplied\n")
    );
}

#[test]
fn what_is_typed_wrongly_is_noticed_before_anything_is_sent() {
    for (typed, status, stderr) in [
        (["kv", "put", "a"].as_slice(), 1, "Must supply data\n"),
        (&["read"], 1, "Not enough arguments (expected 1, got 0)\n"),
        (&["delete"], 1, "Not enough arguments (expected at least 1, got 0)\n"),
        (&["policy", "write", "a"], 1, "Not enough arguments (expected 2, got 1)\n"),
        (&["status", "x"], 1, "Too many arguments (expected 0, got 1)\n"),
        (&["token", "revoke", "-self", "x"], 1, "Too many arguments with -self (expected 0, got 1)\n"),
        (&["token", "revoke", "-mode=bad", "x"], 1, "Invalid mode: bad\n"),
        (&["lease", "revoke", "-force", "x"], 1, "Specifying -force requires also specifying -prefix\n"),
        (&["kv", "get", "-format=raw", "a"], 1, "This command does not support the -format=raw option.\n"),
        (&["read", "-format=xml", "a"], 1, "Invalid output format: xml\n"),
        (&["kv", "metadata", "delete", "-format=json", "a"], 1, "flag provided but not defined: -format\n"),
    ] {
        let printed = call(typed, [("VAULT_ADDR", "http://127.0.0.1:1")], "");
        assert_eq!((printed.status, printed.stderr.as_str()), (status, stderr), "{typed:?}");
    }
}

#[test]
fn help_and_usage_go_where_they_are_expected() {
    for (typed, status, stdout, stderr) in [
        (["-h"].as_slice(), 0, "Usage: kvd <command> [args]\n", ""),
        (&[], 127, "", "Usage: kvd <command> [args]\n"),
        (&["nosuch"], 127, "", "Usage: kvd <command> [args]\n"),
        (&["kv"], 1, "", "Usage: kvd kv <subcommand> [options] [args]\n"),
        (&["kv", "nosuch"], 1, "", "Usage: kvd kv <subcommand> [options] [args]\n"),
        (&["kv", "-h"], 0, "Usage: kvd kv <subcommand> [options] [args]\n", ""),
        (&["kv", "put", "--help"], 0, "Usage: kvd kv put [options] KEY [DATA]\n", ""),
        (&["-address=x", "read", "a"], 1, "", "Invalid flags before the subcommand."),
        (&["server", "-h"], 0, "Usage: kvd server [options]\n\n  Starts a server.", ""),
        (&["server", "-dev", "-config=x"], 2, "", ""),
        (&["-version"], 0, "kvd v", ""),
    ] {
        let printed = call(typed, [], "");
        assert_eq!(printed.status, status, "{typed:?}");
        assert!(printed.stdout.starts_with(stdout) && printed.stderr.starts_with(stderr), "{typed:?}");
        assert_eq!(
            (printed.stdout.is_empty(), printed.stderr.is_empty()),
            (stdout.is_empty(), stderr.is_empty())
        );
    }
}

#[test]
fn secrets_in_the_wrong_place_are_not_repeated() {
    let stub = Stub::answering(&[]);
    for (typed, stdin) in [
        (["kv", "put", "secret/a", "-"].as_slice(), "{\"password\": hunter2"),
        (&["write", "a", "-"], "hunter2"),
        (&["login", "-method=userpass", "-"], "[\"hunter2\"]"),
    ] {
        let printed = stub.call_with(typed, &[], stdin);
        assert_eq!(printed.status, 1);
        assert!(!printed.stderr.contains("hunter2"), "{}", printed.stderr);
    }
    let printed = stub.call_with(&["read", "a"], &[("KVD_TOKEN", "hunter2\u{1}")], "");
    assert!(printed.status == 2 && !printed.stderr.contains("hunter2"), "{}", printed.stderr);
}

#[test]
fn policy_check_says_whether_and_why() {
    const ALLOWED: &str = r#"{"data": {"allowed": true, "granted_by": ["web"], "operation": "update", "path": "kv/a", "reason": null,
        "rule": {}, "rules": [{"capabilities": ["read", "update"], "decides": true, "path": "kv/*", "policies": ["web"]}]}}"#;
    const REFUSED: &str = r#"{"data": {"allowed": false, "granted_by": [], "operation": "read", "path": "kv/a",
        "reason": "no rule matches this path", "rule": null, "rules": []}}"#;
    let own = "{\"operation\":\"update\",\"parameters\":{\"k\":\"v\"},\"path\":\"kv/a\"}";
    let printed = check(
        &[(200, ALLOWED)],
        &["policy", "check", "-operation=update", "-parameter=k=v", "kv/a"],
        &[("POST /v1/sys/policies/check-self", own)],
    );
    assert_eq!(
        (printed.status, printed.stdout.as_str()),
        (
            0,
            "update kv/a: allowed by web\n\n\
             Decides    Path    Capabilities    Policies\n\
             -------    ----    ------------    --------\n\
             yes        kv/*    read, update    web\n"
        )
    );
    for (typed, asked) in [
        (&["-accessor=acc", "kv/a"][..], "{\"accessor\":\"acc\",\"operation\":\"read\",\"path\":\"kv/a\"}"),
        (&["tok", "kv/a"], "{\"operation\":\"read\",\"path\":\"kv/a\",\"token\":\"tok\"}"),
        (
            &["-policy=a", "-policy=b", "kv/a"],
            "{\"operation\":\"read\",\"path\":\"kv/a\",\"policies\":[\"a\",\"b\"]}",
        ),
    ] {
        let typed = [&["policy", "check"], typed].concat();
        let printed = check(&[(200, REFUSED)], &typed, &[("POST /v1/sys/policies/check", asked)]);
        let refused = "read kv/a: refused, no rule matches this path\n";
        assert_eq!((printed.status, printed.stdout.as_str()), (2, refused));
    }
}

#[test]
fn a_request_that_is_to_be_shown_is_never_sent() {
    for (typed, shown) in [
        (["read", "-output-curl-string=true", "a"].as_slice(), "curl "),
        (&["read", "-output-policy=1", "a"], "path \"a\""),
    ] {
        let printed = check(&[], typed, &[]);
        assert!(printed.status == 0 && printed.stdout.starts_with(shown), "{typed:?} {}", printed.stderr);
    }
    let stub = Stub::answering(&[(200, V2)]);
    let rollback = stub.call(&["kv", "rollback", "-output-policy", "-version=1", "secret/a"]);
    assert_eq!(rollback.stdout, "path \"secret/data/a\" {\n  capabilities = [\"read\"]\n}\n");
}

#[test]
fn a_refusal_that_carries_data_is_shown_with_it() {
    let deleted = r#"{"errors": [], "data": {"version": 2, "deletion_time": "T"}}"#;
    let stub = Stub::answering(&[(404, deleted)]);
    let printed = stub.call(&["patch", "secret/data/a", "x=1"]);
    assert_eq!(printed.status, 2);
    assert!(printed.stderr.starts_with("Error writing data to secret/data/a: Error making API request."));
    assert!(printed.stdout.contains("deletion_time    T\nversion          2\n"), "{}", printed.stdout);
}

#[test]
fn the_server_cannot_be_reached_in_the_words_of_go() {
    for (address, part) in [
        (
            "http://127.0.0.1:1",
            "Get \"http://127.0.0.1:1/v1/a\": dial tcp 127.0.0.1:1: connect: connection refused",
        ),
        ("nosuch", "Get \"nosuch/v1/a\": unsupported protocol scheme \"\""),
        ("ftp://h", "Get \"ftp://h/v1/a\": unsupported protocol scheme \"ftp\""),
    ] {
        let printed =
            call(&["read", "a"], [("VAULT_ADDR", address), ("VAULT_TOKEN", "t"), ("NO_PROXY", "*")], "");
        assert_eq!(
            (printed.status, printed.stderr.trim_end()),
            (2, format!("Error reading a: {part}").as_str())
        );
    }
    let unprintable =
        call(&["read", "a"], [("VAULT_ADDR", "http://127.0.0.1:1"), ("VAULT_TOKEN", "a\tb")], "");
    assert!(unprintable.stderr.contains("token contains non-printable characters"), "{}", unprintable.stderr);
}
