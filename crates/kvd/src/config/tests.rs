//! Tables of configurations and what they come to.

use super::*;
use std::{collections::HashMap, fs, path::Path, time::Duration};

/// Loads files given as (name, text), in one folder, with environment variables.
fn load_files(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    let environment = Layer::of_environment(|name| variables.get(name).map(|value| (*value).to_owned()))?;
    load(&[folder.path().to_owned()], environment, Layer::new("flags"))
}

fn config(text: &str) -> Config {
    load_files(&[("kvd.hcl", text)], &[]).unwrap().config
}

/// The error for a text, with the file's folder cut off.
fn error(text: &str) -> String {
    let message = load_files(&[("kvd.hcl", text)], &[]).unwrap_err().to_string();
    message.split_once("kvd.hcl:").map_or(message.clone(), |(_, rest)| rest.to_owned())
}

fn warnings(text: &str) -> Vec<String> {
    let warnings = load_files(&[("kvd.hcl", text)], &[]).unwrap().warnings;
    let cut = |warning: &Warning| warning.to_string().split_once("kvd.hcl:").unwrap().1.to_owned();
    warnings.iter().map(cut).collect()
}

#[test]
fn an_empty_file_is_the_defaults() {
    let config = config("");
    assert_eq!(config.storage.kind, StorageKind::Rocksdb);
    assert_eq!(config.storage.path, Path::new("/var/lib/kvd/data"));
    assert_eq!(config.log_level, LogLevel::Info);
    assert!(config.listener.is_empty() && config.disable_mlock.is_none());
}

#[test]
fn storage_and_listener_are_understood_in_every_spelling() {
    for text in [
        "storage \"file\" { path = \"/d\" }\nlistener \"tcp\" { address = \"a:1\"\n tls_disable = true }",
        "backend \"file\" { path = \"/d\" }\nlistener \"tcp\" { address = \"a:1\"\n tls_disable = \"true\" }",
        "backend \"file\" { path = \"/d\" }\nlistener \"TCP\" { address = \"a:1\"\n tls_disable = 1 }",
        "storage \"file\" { path = \"/d\" }\nlistener { tcp { address = \"a:1\"\n tls_disable = true } }",
        "storage { type = \"file\" path = \"/d\" }\nlistener { type = \"tcp\" address = \"a:1\"\n tls_disable = true }",
        r#"{"storage": {"file": {"path": "/d"}}, "listener": {"tcp": {"address": "a:1", "tls_disable": true}}}"#,
        r#"{"storage": {"file": {"path": "/d"}}, "listener": [{"tcp": {"address": "a:1", "tls_disable": "1"}}]}"#,
        r#"{"backend": [{"file": [{"path": "/d"}]}], "listener": [{"tcp": [{"address": "a:1", "tls_disable": 1}]}]}"#,
    ] {
        let config = config(text);
        assert_eq!(config.storage.kind, StorageKind::File, "{text}");
        assert_eq!(config.storage.path, Path::new("/d"), "{text}");
        let [listener] = &config.listener[..] else { panic!("{text}") };
        assert!(listener.address == "a:1" && listener.tls_disable, "{text}");
    }
}

#[test]
fn values_reach_the_typed_configuration() {
    let config = config(
        r#"
        default_lease_ttl = "768h"
        disable_mlock = true
        log_level = "WARN"
        log_format = "json"
        storage "inmem" {}
        listener "tcp" {
          max_request_size = "1MiB"
          max_request_duration = "30s"
          tls_min_version = "tls13"
          enable_unauthenticated_access = ["rekey"]
          x_forwarded_for_authorized_addrs = "10.0.0.0/8, 127.0.0.1"
          custom_response_headers {
            "default" = { "X-One" = ["a", "b"] }
            "404" = { "X-Two" = "c" }
          }
        }"#,
    );
    assert_eq!(config.default_lease_ttl, Some(Duration::from_secs(768 * 3600)));
    assert_eq!(
        (config.disable_mlock, config.log_level, config.log_format),
        (Some(true), LogLevel::Warn, Some(LogFormat::Json))
    );
    let listener = &config.listener[0];
    assert_eq!(
        (listener.max_request_size, listener.max_request_duration),
        (Some(1 << 20), Some(Duration::from_secs(30)))
    );
    assert_eq!(listener.tls_min_version, TlsVersion::Tls13);
    assert!(listener.opens(OpenPath::Rekey) && !listener.opens(OpenPath::GenerateRoot));
    assert_eq!(listener.x_forwarded_for_authorized_addrs, ["10.0.0.0/8", "127.0.0.1"]);
    assert_eq!(listener.custom_response_headers["default"]["X-One"], ["a", "b"]);
    assert_eq!(listener.custom_response_headers["404"]["X-Two"], ["c"]);
}

#[test]
fn audit_devices_and_metrics_are_read_in_both_spellings() {
    for text in [
        "audit \"file\" \"to-disk\" {\n description = \"d\"\n options { file_path = \"/x\"\n log_raw = true }\n}\n\
         telemetry { prometheus_retention_time = \"24h\" }",
        r#"{"audit": [{"file": {"to-disk": {"description": "d", "options": {"file_path": "/x", "log_raw": true}}}}],
            "telemetry": {"prometheus_retention_time": "24h"}}"#,
    ] {
        let config = config(text);
        let device = &config.audit[0];
        assert_eq!(
            (device.kind.as_str(), device.path.as_str(), device.description.as_str()),
            ("file", "to-disk", "d")
        );
        let options: Vec<_> = device.options.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(options, [("file_path", "/x"), ("log_raw", "true")]);
        assert!(config.shows_prometheus());
    }
    for (text, shown) in [
        ("", false),
        ("telemetry {}", true),
        ("telemetry { prometheus_retention_time = 0 }", false),
        ("telemetry { prometheus_retention_time = \"1s\" }", true),
    ] {
        assert_eq!(config(text).shows_prometheus(), shown, "{text}");
    }
}

#[test]
fn a_listener_is_opened_by_the_words_of_either_peer() {
    for (text, rekey, root) in [
        ("", false, false),
        ("disable_unauthed_rekey_endpoints = false", true, false),
        ("disable_unauthed_generate_root_endpoints = false", false, true),
        ("enable_unauthenticated_access = [\"rekey\", \"generate-root\"]", true, true),
        ("disable_unauthed_rekey_endpoints = true", false, false),
    ] {
        let config = config(&format!("listener \"tcp\" {{ {text} }}"));
        let listener = &config.listener[0];
        assert_eq!(
            (listener.opens(OpenPath::Rekey), listener.opens(OpenPath::GenerateRoot)),
            (rekey, root),
            "{text}"
        );
    }
}

#[test]
fn later_files_win_and_listeners_add_up() {
    let files = [
        ("20-b.json", r#"{"log_level": "debug", "listener": {"tcp": {"address": "b:1"}}}"#),
        ("10-a.hcl", "log_level = \"error\"\npid_file = \"p\"\nlistener \"tcp\" { address = \"a:1\" }"),
        ("notes.txt", "not for us"),
        (".30-c.hcl", "log_level = \"trace\""),
    ];
    let config = load_files(&files, &[]).unwrap().config;
    assert_eq!(config.log_level, LogLevel::Debug);
    assert_eq!(config.pid_file.as_deref(), Some(Path::new("p")));
    let addresses: Vec<_> = config.listener.iter().map(|listener| listener.address.as_str()).collect();
    assert_eq!(addresses, ["a:1", "b:1"]);
}

#[test]
fn variables_win_over_files_and_our_name_over_vaults() {
    let file = ("kvd.hcl", "log_level = \"error\"\nstorage \"file\" { path = \"/f\" }");
    for (variables, level, path, api) in [
        (&[][..], LogLevel::Error, "/f", None),
        (&[("VAULT_LOG_LEVEL", "debug")], LogLevel::Debug, "/f", None),
        (&[("VAULT_LOG_LEVEL", "debug"), ("KVD_LOG_LEVEL", "trace")], LogLevel::Trace, "/f", None),
        (&[("KVD_LOG_LEVEL", "")], LogLevel::Error, "/f", None),
        (&[("VAULT_RAFT_PATH", "/r")], LogLevel::Error, "/r", None),
        (&[("KVD_STORAGE_PATH", "/s"), ("VAULT_RAFT_PATH", "/r")], LogLevel::Error, "/s", None),
        (
            &[("VAULT_REDIRECT_ADDR", "http://old"), ("VAULT_API_ADDR", "http://new")],
            LogLevel::Error,
            "/f",
            Some("http://new"),
        ),
    ] {
        let config = load_files(&[file], variables).unwrap().config;
        assert_eq!(config.log_level, level, "{variables:?}");
        assert_eq!(config.storage.path, Path::new(path), "{variables:?}");
        assert_eq!(config.storage.kind, StorageKind::File, "{variables:?}");
        assert_eq!(config.api_addr.as_deref(), api, "{variables:?}");
    }
}

#[test]
fn what_has_no_effect_is_named_with_its_place() {
    assert_eq!(warnings("ui = true"), ["1:1: ui has no effect: there is no web interface yet"]);
    assert_eq!(warnings("\nlog_levle = \"hunter2\""), ["2:1: unknown setting log_levle"]);
    assert_eq!(
        warnings("listener \"tcp\" {\n  tls_cert = \"hunter2\"\n}"),
        ["2:3: unknown setting tls_cert"]
    );
    assert_eq!(
        warnings("ha_storage \"consul\" { token = \"hunter2\" }"),
        ["1:1: ha_storage has no effect: this server is a single node"]
    );
    assert_eq!(
        warnings("seal \"shamir\" {}"),
        ["1:1: seal has no effect: keys are always split into shares"]
    );
    assert_eq!(
        warnings(r#"{"telemetry": {"statsd_address": "hunter2"}}"#),
        ["1:2: telemetry has no effect: there are no metrics yet"]
    );
    assert!(warnings("disable_mlock = true").is_empty());
}

#[test]
fn errors_name_file_line_and_column_and_no_value() {
    for (text, wanted) in [
        ("a = ", "1:5: expected a value, found the end of the text"),
        (
            "\nlog_level = \"hunter2\"",
            "2:13: log_level wants one of trace, debug, info, notice, warn, warning, error, err; this is a string",
        ),
        (
            "listener \"tcp\" {\n  tls_disable = \"hunter2\"\n}",
            "2:17: tls_disable wants true or false; this is a string",
        ),
        (
            "storage \"consul\" { token = \"hunter2\" }",
            "1:1: this kind of storage is not known; there are rocksdb, inmem, file, raft",
        ),
        ("seal \"awskms\" {}", "1:1: this kind of seal is not known; there are shamir"),
        ("storage = \"file\"", "1:1: storage is a block; this is a string"),
        ("listener { address = \"hunter2\" }", "1:1: listener needs a type: one of tcp"),
    ] {
        let message = error(text);
        assert_eq!(message, wanted, "{text}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_wrong_variable_is_named_without_its_value() {
    let message = load_files(&[], &[("VAULT_LOG_LEVEL", "hunter2")]).unwrap_err().to_string();
    assert!(message.starts_with("environment variable VAULT_LOG_LEVEL: log_level wants one of"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_missing_file_is_named() {
    let error =
        load(&["/nowhere/kvd.hcl".into()], Layer::new("environment"), Layer::new("flags")).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/kvd.hcl: "), "{error}");
}
