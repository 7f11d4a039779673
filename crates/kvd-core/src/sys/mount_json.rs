//! How mounts are written in answers.

use crate::mount::{Family, Mount, MountConfig, MountRecord, Visibility};
use kvd_backend::Lockout;
use kvd_json::{Text, Writer};

/// What the built-in engines call their version, in the form that clients parse.
pub(crate) const ENGINE_VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"), "+builtin.kvd");

/// One mount, as `sys/mounts` shows it; `path` only where the answer is about a single mount.
pub(super) fn write(w: &mut Writer, mount: &Mount, path: bool) {
    let record = &mount.record;
    w.key("accessor");
    w.string(&record.accessor);
    w.key("config");
    write_config(w, &record.config);
    // Told of what can be chosen; `generic` is a name that is only still understood.
    if !is_built_in(&record.kind) && record.kind != "generic" {
        w.key("deprecation_status");
        w.string("supported");
    }
    w.key("description");
    w.string(&record.description);
    w.key("external_entropy_access");
    w.bool(record.external_entropy_access);
    w.key("local");
    w.bool(record.local);
    w.key("options");
    write_options(w, record);
    if path {
        w.key("path");
        w.string(&record.path);
    }
    w.key("plugin_version");
    w.string("");
    w.key("running_plugin_version");
    w.string(ENGINE_VERSION);
    w.key("running_sha256");
    w.string("");
    w.key("seal_wrap");
    w.bool(record.seal_wrap);
    w.key("type");
    w.string(&record.kind);
    w.key("uuid");
    w.string(&record.uuid);
}

/// The same, as a text of its own.
pub(super) fn text(mount: &Mount, path: bool) -> Text {
    let mut w = Writer::new();
    w.begin_object();
    write(&mut w, mount, path);
    w.end_object();
    w.finish()
}

/// What a mount that is shown to everybody shows of itself.
pub(super) fn write_short(w: &mut Writer, mount: &Mount) {
    w.begin_object();
    w.key("description");
    w.string(&mount.record.description);
    w.key("options");
    write_options(w, &mount.record);
    w.key("type");
    w.string(&mount.record.kind);
    w.end_object();
}

/// Kinds that exist once and were not enabled by anybody.
pub(crate) fn is_built_in(kind: &str) -> bool {
    matches!(kind, "system" | "identity" | "cubbyhole" | "token")
}

pub(super) fn write_options(w: &mut Writer, record: &MountRecord) {
    match &record.options {
        None => w.null(),
        Some(options) => {
            w.begin_object();
            for (name, value) in options {
                w.key(name);
                w.string(value);
            }
            w.end_object();
        }
    }
}

fn write_config(w: &mut Writer, config: &MountConfig) {
    w.begin_object();
    write_lists(w, config, true);
    w.key("default_lease_ttl");
    w.int(seconds(config.default_lease_seconds));
    w.key("force_no_cache");
    w.bool(config.force_no_cache);
    write_visibility(w, config);
    w.key("max_lease_ttl");
    w.int(seconds(config.max_lease_seconds));
    write_lists(w, config, false);
    if let Some(kind) = &config.token_type {
        w.key("token_type");
        w.string(kind);
    }
    if let Some(lockout) = &config.user_lockout {
        w.key("user_lockout_config");
        w.begin_object();
        for (name, value) in lockout_members(lockout.configured(Lockout::default())) {
            w.key(name);
            w.int(value);
        }
        w.key("lockout_disable");
        w.bool(lockout.disabled.unwrap_or(false));
        w.end_object();
    }
    w.end_object();
}

fn write_visibility(w: &mut Writer, config: &MountConfig) {
    if let Some(visibility) = config.listing_visibility {
        w.key("listing_visibility");
        w.string(match visibility {
            Visibility::Hidden => "hidden",
            Visibility::Unauth => "unauth",
        });
    }
}

/// The lists of a configuration that are not empty, those before or after `default_lease_ttl` in the alphabet.
fn write_lists(w: &mut Writer, config: &MountConfig, before: bool) {
    let lists: [(&str, &Vec<String>); 4] = [
        ("allowed_response_headers", &config.allowed_response_headers),
        ("audit_non_hmac_request_keys", &config.audit_non_hmac_request_keys),
        ("audit_non_hmac_response_keys", &config.audit_non_hmac_response_keys),
        ("passthrough_request_headers", &config.passthrough_request_headers),
    ];
    for (name, list) in lists {
        if !list.is_empty() && (name < "default_lease_ttl") == before {
            w.key(name);
            w.strings(list);
        }
    }
}

/// What can be tuned of a mount, with the times that really hold.
pub(super) fn write_tune(w: &mut Writer, mount: &Mount, system: (u64, u64)) {
    let record = &mount.record;
    let config = &record.config;
    write_lists(w, config, true);
    w.key("default_lease_ttl");
    w.int(seconds(or(config.default_lease_seconds, system.0)));
    w.key("description");
    w.string(&record.description);
    w.key("force_no_cache");
    w.bool(config.force_no_cache);
    write_visibility(w, config);
    w.key("max_lease_ttl");
    w.int(seconds(or(config.max_lease_seconds, system.1)));
    if record.options.as_ref().is_some_and(|o| !o.is_empty()) {
        w.key("options");
        write_options(w, record);
    }
    write_lists(w, config, false);
    if record.family == Family::Auth {
        w.key("token_type");
        w.string(config.token_type.as_deref().unwrap_or("default-service"));
    }
    if let Some(lockout) = &config.user_lockout {
        for (name, value) in lockout_members(lockout.configured(Lockout::default())) {
            w.key(&format!("user_{name}"));
            w.int(value);
        }
        w.key("user_lockout_disable");
        w.bool(lockout.disabled.unwrap_or(false));
    }
}

fn lockout_members(lockout: Lockout) -> [(&'static str, i64); 3] {
    [
        ("lockout_counter_reset_duration", seconds(lockout.counter_reset.as_secs())),
        ("lockout_duration", seconds(lockout.duration.as_secs())),
        ("lockout_threshold", i64::from(lockout.threshold)),
    ]
}

fn or(seconds: u64, system: u64) -> u64 {
    if seconds == 0 { system } else { seconds }
}

fn seconds(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
