//! What a well-known guide to the key-value store has its readers type, as it is printed there, with this program
//! linked as `vault`. Where the guide shows output that no server gives, what a server gives is wanted.

use crate::program::{Installation, Running};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};
use tempfile::TempDir;

/// What was typed, how it ends, and parts of what is printed, in their order.
type Typed = (&'static str, i32, &'static [&'static str]);

/// A server that was just initialised and unsealed, and a folder to type commands in.
struct Desk {
    server: Running,
    root: String,
    _installation: Installation,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let installation = Installation::new("");
        let server = installation.start();
        let made = server.ask("PUT", "sys/init", "", &json!({"secret_shares": 1, "secret_threshold": 1}));
        server.ask("PUT", "sys/unseal", "", &json!({"key": made.body["keys_base64"][0]}));
        let root = made.body["root_token"].as_str().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_kvd"), folder.path().join("bin/vault")).unwrap();
        Self { server, root, _installation: installation, folder }
    }

    fn with_secret_engine() -> Self {
        let desk = Self::new();
        let engine = json!({"type": "kv", "options": {"version": "2"}});
        assert_eq!(desk.server.ask("POST", "sys/mounts/secret", &desk.root, &engine).status, 204);
        desk
    }

    /// Types commands one after the other.
    fn types(&self, commands: &[Typed]) {
        for (command, status, parts) in commands {
            let output = self.shell(command).output().unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let printed = text(&output.stdout) + &text(&output.stderr);
            assert_eq!(output.status.code(), Some(*status), "{command}\n{printed}");
            let mut rest = printed.as_str();
            for part in *parts {
                let found = rest.split_once(part);
                assert!(found.is_some(), "{command}\nno {part:?} in\n{printed}");
                rest = found.unwrap().1;
            }
        }
    }

    fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("bash");
        let old = std::env::var("PATH").unwrap_or_default();
        shell
            .args(["-c", command])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{}:{old}", self.folder.path().join("bin").display()))
            .env("HOME", self.folder.path())
            .env("NO_PROXY", "*")
            .env("VAULT_ADDR", format!("http://{}", self.server.address))
            .env("VAULT_TOKEN", &self.root);
        shell
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

#[test]
fn engines_are_enabled_as_the_guide_says() {
    Desk::new().types(&[
        (
            "vault secrets enable -version=2 -path=secret kv",
            0,
            &["Success! Enabled the kv secrets engine at: secret/"],
        ),
        (
            "vault secrets list",
            0,
            &[
                "Path",
                "Type",
                "Accessor",
                "Description",
                "cubbyhole/",
                "identity/",
                "secret/",
                "kv_",
                "n/a",
                "sys/",
            ],
        ),
        ("vault secrets enable -version=1 -path=legacy-secrets kv", 0, &["at: legacy-secrets/"]),
        ("vault secrets list", 0, &["legacy-secrets/", "secret/"]),
        ("vault secrets enable -version=2 -path=prod-secrets kv", 0, &["at: prod-secrets/"]),
        ("vault secrets enable -version=2 -path=staging-secrets kv", 0, &["at: staging-secrets/"]),
        ("vault secrets enable -version=2 -path=dev-secrets kv", 0, &["at: dev-secrets/"]),
        ("vault secrets enable -version=2 -path=myapp kv", 0, &["at: myapp/"]),
    ]);
}

#[test]
fn secrets_are_written_read_deleted_and_recovered_as_the_guide_says() {
    let desk = Desk::with_secret_engine();
    desk.types(&[
        (
            "vault kv put secret/myapp/database \\\n    host=\"db.example.com\" \\\n    port=\"5432\" \\\n    \
             username=\"app_user\" \\\n    password=\"supersecret123\"",
            0,
            &[
                "======= Secret Path =======\nsecret/data/myapp/database\n\n======= Metadata =======\n",
                "custom_metadata    <nil>\ndeletion_time      n/a\ndestroyed          false\nversion            1\n",
            ],
        ),
        (
            "vault kv put secret/myapp/certificate cert=@/path/to/cert.pem",
            1,
            &["Failed to parse K=V data", "no such file or directory"],
        ),
        (
            "echo '{\"api_key\": \"abc123\", \"api_secret\": \"xyz789\"}' | vault kv put secret/myapp/api -",
            0,
            &["==== Secret Path ====\nsecret/data/myapp/api\n"],
        ),
        (
            "vault kv get secret/myapp/database",
            0,
            &[
                "====== Data ======\nKey         Value\n---         -----\nhost        db.example.com\n\
                 password    supersecret123\nport        5432\nusername    app_user\n",
            ],
        ),
        ("vault kv get -field=password secret/myapp/database", 0, &["supersecret123"]),
        (
            "vault kv get -format=json secret/myapp/database",
            0,
            &["\"request_id\":", "\"lease_id\": \"\"", "\"data\":", "\"version\": 1", "\"warnings\": null"],
        ),
        (
            "vault kv get -format=json secret/myapp/database | jq '.data.data'",
            0,
            &["\"host\": \"db.example.com\"", "\"username\": \"app_user\""],
        ),
        (
            "vault kv put secret/myapp/database \\\n    host=\"db-new.example.com\" \\\n    port=\"5432\" \\\n    \
             username=\"app_user\" \\\n    password=\"newsecretpassword\"",
            0,
            &["version            2"],
        ),
        (
            "vault kv patch secret/myapp/database \\\n    password=\"rotatedpassword123\"",
            0,
            &["version            3"],
        ),
        ("vault kv get secret/myapp/database", 0, &["db-new.example.com", "rotatedpassword123"]),
        (
            "vault kv delete secret/myapp/database",
            0,
            &["Success! Data deleted (if it existed) at: secret/data/myapp/database"],
        ),
        ("vault kv delete -versions=\"1,2\" secret/myapp/database", 0, &["Success! Data deleted (if it existed)"]),
        (
            "vault kv destroy -versions=\"1\" secret/myapp/database",
            0,
            &["Success! Data written to: secret/destroy/myapp/database"],
        ),
        (
            "vault kv undelete -versions=\"1,2\" secret/myapp/database",
            0,
            &["Success! Data written to: secret/undelete/myapp/database"],
        ),
        ("vault kv get -version=2 secret/myapp/database", 0, &["newsecretpassword"]),
        ("vault kv get -version=1 secret/myapp/database", 0, &["destroyed          true"]),
        (
            "vault kv metadata delete secret/myapp/database",
            0,
            &["Success! Data deleted (if it existed) at: secret/metadata/myapp/database"],
        ),
        ("vault kv undelete -versions=\"1,2\" secret/myapp/database", 0, &["Success!"]),
        ("vault kv get -version=1 secret/myapp/database", 2, &["No value found at secret/data/myapp/database"]),
    ]);
    desk.write("cert.pem", "-----BEGIN\nx\n");
    desk.types(&[
        ("vault kv put secret/myapp/certificate cert=@cert.pem", 0, &["======== Secret Path ========"]),
        ("vault kv get -field=cert secret/myapp/certificate", 0, &["-----BEGIN\nx\n"]),
    ]);
}

#[test]
fn versions_are_looked_at_and_limited_as_the_guide_says() {
    Desk::with_secret_engine().types(&[
        ("for n in 1 2 3; do vault kv put secret/myapp/database n=$n; done", 0, &["version            3"]),
        ("vault kv get secret/myapp/database", 0, &["n      3"]),
        ("vault kv get -version=1 secret/myapp/database", 0, &["version            1", "n      1"]),
        ("vault kv get -version=2 secret/myapp/database", 0, &["version            2", "n      2"]),
        ("vault kv get -format=json -version=1 secret/myapp/database", 0, &["\"version\": 1"]),
        (
            "vault kv metadata get secret/myapp/database",
            0,
            &[
                "======== Metadata Path ========\nsecret/metadata/myapp/database\n",
                "cas_required",
                "current_version",
                "3",
                "delete_version_after",
                "0s",
                "oldest_version",
                "0",
                "====== Version 1 ======\nKey              Value\n---              -----\n",
                "created_time",
                "====== Version 2 ======",
                "====== Version 3 ======",
                "destroyed        false",
            ],
        ),
        ("vault write secret/config max_versions=10", 0, &["Success! Data written to: secret/config"]),
        (
            "vault kv metadata put -max-versions=5 secret/myapp/database",
            0,
            &["Success! Data written to: secret/metadata/myapp/database"],
        ),
        (
            "vault kv metadata put -delete-version-after=\"720h\" secret/myapp/database",
            0,
            &["Success! Data written to: secret/metadata/myapp/database"],
        ),
        ("vault kv metadata get secret/myapp/database", 0, &["720h0m0s"]),
    ]);
}

#[test]
fn the_api_is_called_with_curl_as_the_guide_says() {
    Desk::with_secret_engine().types(&[
        (
            "curl -X POST \\\n    -H \"X-Vault-Token: $VAULT_TOKEN\" \\\n    -H \"Content-Type: application/json\" \\\n    \
             -d '{\n        \"data\": {\n            \"username\": \"admin\",\n            \"password\": \"secret123\",\n            \
             \"connection_string\": \"postgresql://localhost:5432/mydb\"\n        }\n    }' \\\n    \
             \"$VAULT_ADDR/v1/secret/data/myapp/database\"",
            0,
            &["\"version\":1"],
        ),
        (
            "curl -H \"X-Vault-Token: $VAULT_TOKEN\" \\\n    \"$VAULT_ADDR/v1/secret/data/myapp/database\"",
            0,
            &["\"password\":\"secret123\""],
        ),
        (
            "curl -H \"X-Vault-Token: $VAULT_TOKEN\" \\\n    \"$VAULT_ADDR/v1/secret/data/myapp/database?version=2\"",
            0,
            &["{\"errors\":[]}"],
        ),
        (
            "curl -X LIST \\\n    -H \"X-Vault-Token: $VAULT_TOKEN\" \\\n    \"$VAULT_ADDR/v1/secret/metadata/myapp\"",
            0,
            &["\"keys\":[\"database\"]"],
        ),
        (
            "curl -X POST \\\n    -H \"X-Vault-Token: $VAULT_TOKEN\" \\\n    -H \"Content-Type: application/json\" \\\n    \
             -d '{\"versions\": [1, 2]}' \\\n    \"$VAULT_ADDR/v1/secret/delete/myapp/database\"",
            0,
            &[],
        ),
        (
            "curl -X POST \\\n    -H \"X-Vault-Token: $VAULT_TOKEN\" \\\n    -H \"Content-Type: application/json\" \\\n    \
             -d '{\"versions\": [1, 2]}' \\\n    \"$VAULT_ADDR/v1/secret/undelete/myapp/database\"",
            0,
            &[],
        ),
        ("vault kv get -field=username secret/myapp/database", 0, &["admin"]),
        (
            "curl -X POST \\\n    -H \"X-Vault-Token: $VAULT_TOKEN\" \\\n    -H \"Content-Type: application/json\" \\\n    \
             -d '{\"versions\": [1]}' \\\n    \"$VAULT_ADDR/v1/secret/destroy/myapp/database\"",
            0,
            &[],
        ),
        ("vault kv get secret/myapp/database", 0, &["destroyed          true"]),
    ]);
}

#[test]
fn policies_and_roles_are_made_as_the_guide_says() {
    let desk = Desk::with_secret_engine();
    let rule = |path: &str, capabilities: &str| {
        format!("path \"{path}\" {{\n    capabilities = [{capabilities}]\n}}\n")
    };
    desk.write("readonly-policy.hcl", &rule("secret/data/myapp/*", "\"read\""));
    desk.write(
        "readwrite-policy.hcl",
        &rule("secret/data/myapp/*", "\"create\", \"read\", \"update\", \"delete\""),
    );
    desk.write(
        "admin-policy.hcl",
        &rule("secret/*", "\"create\", \"read\", \"update\", \"delete\", \"list\""),
    );
    desk.types(&[
        ("vault policy write myapp-readonly readonly-policy.hcl", 0, &["Success! Uploaded policy: myapp-readonly"]),
        ("vault policy write myapp-readwrite readwrite-policy.hcl", 0, &["myapp-readwrite"]),
        ("vault policy write secrets-admin admin-policy.hcl", 0, &["secrets-admin"]),
        (
            "vault token create -policy=myapp-readonly -ttl=1h",
            0,
            &[
                "token_duration       1h\ntoken_renewable      true\ntoken_policies       [\"default\" \"myapp-readonly\"]\n",
                "identity_policies    []\npolicies             [\"default\" \"myapp-readonly\"]\n",
            ],
        ),
        (
            "vault write auth/approle/role/myapp \\\n    policies=\"myapp-readwrite\" \\\n    token_ttl=1h \\\n    \
             token_max_ttl=4h",
            2,
            &["Code: 404"],
        ),
        ("vault auth enable approle", 0, &["Success! Enabled approle auth method at: approle/"]),
        (
            "vault write auth/approle/role/myapp \\\n    policies=\"myapp-readwrite\" \\\n    token_ttl=1h \\\n    \
             token_max_ttl=4h",
            0,
            &["Success! Data written to: auth/approle/role/myapp"],
        ),
        ("vault token lookup", 0, &["policies", "[root]"]),
        ("vault policy read myapp-readonly", 0, &["path \"secret/data/myapp/*\""]),
        ("vault policy read no-such-policy", 2, &["No policy named: no-such-policy"]),
        ("vault token capabilities secret/data/myapp/config", 0, &["root"]),
    ]);
}

#[test]
fn writes_are_checked_and_set_as_the_guide_says() {
    Desk::with_secret_engine().types(&[
        ("vault write secret/config cas_required=true", 0, &["Success! Data written to: secret/config"]),
        (
            "vault kv metadata put -cas-required=true secret/myapp/critical-config",
            0,
            &["Success! Data written to: secret/metadata/myapp/critical-config"],
        ),
        ("vault kv put secret/myapp/config key=value", 2, &["check-and-set parameter required for this call"]),
        ("vault kv put -cas=0 secret/myapp/config key=\"value\"", 0, &["version            1"]),
        ("vault kv put -cas=1 secret/myapp/config key=\"updated-value\"", 0, &["version            2"]),
        (
            "vault kv put -cas=1 secret/myapp/config key=\"another-value\"",
            2,
            &[
                "Error writing data to secret/data/myapp/config: Error making API request.\n\nURL: PUT http://",
                "Code: 400. Errors:\n\n* check-and-set parameter did not match the current version",
            ],
        ),
        ("vault kv metadata get secret/myapp/config", 0, &["destroyed        false"]),
        ("vault kv get -format=json secret/myapp/config | jq '.data.metadata.version'", 0, &["2"]),
        ("vault kv put -cas=2 secret/myapp/config key=value", 0, &["version            3"]),
    ]);
}

#[test]
fn limits_and_audit_are_set_up_as_the_guide_says() {
    let desk = Desk::with_secret_engine();
    desk.types(&[
        ("vault kv metadata put -max-versions=5 secret/prod/myapp/rotating-creds", 0, &["Success!"]),
        ("vault kv metadata put -max-versions=25 secret/prod/myapp/config", 0, &["Success!"]),
        (
            "vault kv metadata put -delete-version-after=\"2160h\" secret/prod/myapp/pii-data",
            0,
            &["Success!"],
        ),
        ("vault kv metadata get secret/prod/myapp/pii-data", 0, &["2160h0m0s"]),
        ("vault kv list secret/prod/myapp", 0, &["config", "pii-data", "rotating-creds"]),
        ("vault kv metadata put -cas-required=true secret/prod/myapp/critical-config", 0, &["Success!"]),
    ]);
    // The guide's file is one of the whole machine's; a test writes into a folder of its own.
    let log = desk.folder.path().join("audit.log");
    let command = format!("vault audit enable file file_path={}", log.display());
    let output = desk.shell(&command).output().unwrap();
    assert_eq!(output.stdout, b"Success! Enabled the file audit device at: file/\n");
    desk.types(&[("vault kv put secret/prod/myapp/config password=hunter2", 0, &[])]);
    audit_hides(&log, "hunter2");
    // Whether there is somebody to write to is the machine's business; the command is understood either way.
    let syslog = desk.shell("vault audit enable syslog tag=\"vault\" facility=\"AUTH\"").output().unwrap();
    assert!(matches!(syslog.status.code(), Some(0 | 2)), "{syslog:?}");
}

fn audit_hides(log: &Path, secret: &str) {
    let text = fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        lines.iter().any(|line| line["type"] == "response")
            && lines.iter().any(|line| line["type"] == "request")
    );
    assert!(text.contains("hmac-sha256:") && !text.contains(secret), "{text}");
}
