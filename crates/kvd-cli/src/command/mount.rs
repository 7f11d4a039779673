//! What mounts of secrets engines and of auth methods have in common: settings, moving, tables.

use std::{thread, time::Duration as Pause};

use serde_json::{Map, Value, json};

use crate::{
    client::{Client, ClientResult, Request},
    command::as_mount,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag},
    gofmt::{duration::Duration, value::plain},
};

pub(super) const DESCRIPTION: Flag =
    Flag::text("description", "What the mount is for, in a sentence for people.");
pub(super) const PATH: Flag =
    Flag::text("path", "Where to mount. Without the flag it is the name of the type.");
pub(super) const DEFAULT_LEASE_TTL: Flag = Flag::duration(
    "default-lease-ttl",
    "How long leases of this mount last when nothing else is asked for. Without the flag the server decides.",
);
pub(super) const MAX_LEASE_TTL: Flag = Flag::duration(
    "max-lease-ttl",
    "How long leases of this mount last at most. Without the flag the server decides.",
);
pub(super) const AUDIT_NON_HMAC_REQUEST_KEYS: Flag = Flag::list(
    "audit-non-hmac-request-keys",
    "Key of requests that audit devices write in clear. It can be given several times.",
);
pub(super) const AUDIT_NON_HMAC_RESPONSE_KEYS: Flag = Flag::list(
    "audit-non-hmac-response-keys",
    "Key of responses that audit devices write in clear. It can be given several times.",
);
pub(super) const LISTING_VISIBILITY: Flag = Flag::text(
    "listing-visibility",
    "Whether the mount is listed for people without a token: \"unauth\" or \"hidden\".",
);
pub(super) const PASSTHROUGH_REQUEST_HEADERS: Flag = Flag::list(
    "passthrough-request-headers",
    "Header of requests that the mount may see. It can be given several times.",
);
pub(super) const ALLOWED_RESPONSE_HEADERS: Flag =
    Flag::list("allowed-response-headers", "Header the mount may set. It can be given several times.");
pub(super) const FORCE_NO_CACHE: Flag = Flag::switch("force-no-cache", "Do not cache what the mount stores.");
pub(super) const LOCAL: Flag = Flag::switch("local", "Keep the mount out of replication.");
pub(super) const SEAL_WRAP: Flag =
    Flag::switch("seal-wrap", "Encrypt critical values with the seal as well.");
pub(super) const EXTERNAL_ENTROPY_ACCESS: Flag =
    Flag::switch("external-entropy-access", "Let the mount use the entropy of the seal.");
pub(super) const OPTIONS: Flag =
    Flag::map("options", "A setting of the type as key=value. It can be given several times.");
pub(super) const PLUGIN_VERSION: Flag = Flag::text("plugin-version", "The version of the type to run.");
pub(super) const VERSION: Flag = Flag::int("version", 0, "The version of the type to run, such as 2 for kv.");
pub(super) const TOKEN_TYPE: Flag = Flag::text(
    "token-type",
    "The type of tokens the method gives: \"service\", \"batch\" or a default of these.",
);

/// The settings of a mount that were given, as the API names them. Durations are texts.
pub(super) fn config(arguments: &Arguments, duration_text: fn(Duration) -> String) -> Map<String, Value> {
    let mut config = Map::new();
    for (flag, name) in [(&DEFAULT_LEASE_TTL, "default_lease_ttl"), (&MAX_LEASE_TTL, "max_lease_ttl")] {
        if let Some(ttl) = arguments.duration(flag).filter(|ttl| !ttl.is_zero()) {
            config.insert(name.to_owned(), json!(duration_text(ttl)));
        }
    }
    for (flag, name) in [
        (&AUDIT_NON_HMAC_REQUEST_KEYS, "audit_non_hmac_request_keys"),
        (&AUDIT_NON_HMAC_RESPONSE_KEYS, "audit_non_hmac_response_keys"),
        (&PASSTHROUGH_REQUEST_HEADERS, "passthrough_request_headers"),
        (&ALLOWED_RESPONSE_HEADERS, "allowed_response_headers"),
    ] {
        if arguments.has(flag) {
            config.insert(name.to_owned(), json!(arguments.list(flag)));
        }
    }
    for (flag, name) in [
        (&LISTING_VISIBILITY, "listing_visibility"),
        (&PLUGIN_VERSION, "plugin_version"),
        (&TOKEN_TYPE, "token_type"),
    ] {
        if arguments.has(flag) {
            config.insert(name.to_owned(), json!(arguments.text(flag)));
        }
    }
    if arguments.bool(&FORCE_NO_CACHE) {
        config.insert("force_no_cache".to_owned(), json!(true));
    }
    config
}

/// The body that enables a mount of a type.
pub(super) fn enable_body(arguments: &Arguments, kind: &str) -> Value {
    json!({
        "type": kind,
        "description": arguments.text(&DESCRIPTION),
        "config": config(arguments, |ttl| ttl.to_string()),
        "local": arguments.bool(&LOCAL),
        "seal_wrap": arguments.bool(&SEAL_WRAP),
        "external_entropy_access": arguments.bool(&EXTERNAL_ENTROPY_ACCESS),
        "options": options(arguments),
    })
}

/// The body that changes the settings of a mount; what was not given stays as it is.
pub(super) fn tune_body(arguments: &Arguments) -> Value {
    // A negative duration asks for the server's own setting.
    let text = |ttl: Duration| if ttl.is_negative() { "system".to_owned() } else { ttl.to_string() };
    let mut body = config(arguments, text);
    if arguments.has(&DESCRIPTION) {
        body.insert("description".to_owned(), json!(arguments.text(&DESCRIPTION)));
    }
    if let Some(options) = options(arguments) {
        body.insert("options".to_owned(), options);
    }
    Value::Object(body)
}

fn options(arguments: &Arguments) -> Option<Value> {
    let mut options = arguments.map(&OPTIONS).cloned().unwrap_or_default();
    let version = arguments.int(&VERSION);
    if version > 0 {
        options.insert("version".to_owned(), version.to_string());
    }
    (!options.is_empty()).then(|| json!(options))
}

/// The mounts a path of `sys/` lists, each with the fields a document always shows.
pub(super) fn listed(client: &Client, path: &str) -> ClientResult<Map<String, Value>> {
    let mut mounts = client.data(Request::get(path))?;
    for mount in mounts.values_mut().filter_map(Value::as_object_mut) {
        for name in ["plugin_version", "running_plugin_version", "running_sha256", "deprecation_status"] {
            mount.entry(name).or_insert_with(|| json!(""));
        }
    }
    Ok(mounts)
}

/// Moves a mount and waits until the server has finished.
pub(super) fn move_mount(context: &mut Context<'_>, arguments: &Arguments, what: &str) -> Outcome {
    /// How long to wait before asking again.
    const PAUSE: Pause = Pause::from_secs(10);
    let [source, destination] = arguments.exactly()?;
    let (source, destination) = (as_mount(source), as_mount(destination));
    let client = context.client(arguments)?;
    let started = client
        .data(Request::post("sys/remount").body(&json!({ "from": source, "to": destination })))
        .map_err(Failure::doing(format!("Error moving {what} {source} to {destination}")))?;
    let id = started.get("migration_id").map(plain).unwrap_or_default();
    let course = format!("{what} {source} to {destination}, with migration ID {id}");
    context.screen.line(format!("Started moving {course}"));
    loop {
        match migration_status(&client, &id)
            .map_err(Failure::doing(format!(
                "Error checking migration status of {what} {source} to {destination}"
            )))?
            .as_str()
        {
            "success" => return context.done(format!("Success! Finished moving {course}")),
            "failure" => {
                context.screen.error(format!("Failure! Error encountered moving {course}"));
                return Ok(SUCCESS);
            }
            _ => context.screen.line(format!("Waiting for terminal status in migration of {course}")),
        }
        thread::sleep(PAUSE);
    }
}

fn migration_status(client: &Client, id: &str) -> ClientResult<String> {
    let data = client.data(Request::get(format!("sys/remount/status/{id}")))?;
    let status = data.get("migration_info").and_then(|info| info.get("status"));
    Ok(status.map(plain).unwrap_or_default())
}

/// A mount as a table shows it.
pub(super) struct MountRow<'a>(&'a Value);

impl<'a> MountRow<'a> {
    /// The mounts of a listing, sorted by path.
    pub(super) fn all(mounts: &'a Map<String, Value>) -> Vec<(&'a str, Self)> {
        let mut rows: Vec<_> = mounts.iter().map(|(path, mount)| (path.as_str(), Self(mount))).collect();
        rows.sort_by_key(|(path, _)| *path);
        rows
    }

    /// A field as text; empty where it is missing or null.
    pub(super) fn text(&self, name: &str) -> String {
        self.0.get(name).filter(|value| !value.is_null()).map(plain).unwrap_or_default()
    }

    /// A field of the settings as text.
    pub(super) fn setting(&self, name: &str) -> String {
        let value = self.0.get("config").and_then(|config| config.get(name));
        value.filter(|value| !value.is_null()).map(plain).unwrap_or_default()
    }

    /// A duration of the settings in seconds; the types that give no leases have none.
    pub(super) fn lease_ttl(&self, name: &str) -> String {
        match (self.text("type").as_str(), self.setting(name).as_str()) {
            ("system" | "cubbyhole", _) => String::new(),
            (_, "" | "0") => "system".to_owned(),
            (_, seconds) => seconds.to_owned(),
        }
    }

    pub(super) fn replication(&self) -> String {
        if self.0.get("local") == Some(&Value::Bool(true)) { "local" } else { "replicated" }.to_owned()
    }

    /// The options as a map, which is never null.
    pub(super) fn options(&self) -> String {
        match self.0.get("options") {
            Some(options @ Value::Object(_)) => plain(options),
            Some(_) | None => "map[]".to_owned(),
        }
    }

    /// The columns that both kinds of mounts end with.
    pub(super) fn common_columns(&self) -> Vec<String> {
        vec![
            self.replication(),
            self.text("seal_wrap"),
            self.text("external_entropy_access"),
            self.options(),
            self.text("description"),
            self.text("uuid"),
            self.text("plugin_version"),
            self.text("running_plugin_version"),
            self.text("running_sha256"),
            self.text("deprecation_status"),
        ]
    }
}

/// The headings of [`MountRow::common_columns`].
const COMMON_HEADINGS: [&str; 10] = [
    "Replication",
    "Seal Wrap",
    "External Entropy Access",
    "Options",
    "Description",
    "UUID",
    "Version",
    "Running Version",
    "Running SHA256",
    "Deprecation Status",
];

/// The rows of a detailed list; `own` is the heading and the setting that only this sort of mount has.
pub(super) fn detailed_rows(mounts: &Map<String, Value>, own: (&str, &str)) -> Vec<Vec<String>> {
    let (heading, setting) = own;
    let headings = ["Path", "Plugin", "Accessor", "Default TTL", "Max TTL", heading];
    let mut rows = vec![headings.into_iter().chain(COMMON_HEADINGS).map(str::to_owned).collect()];
    for (path, mount) in MountRow::all(mounts) {
        let mut columns = vec![
            path.to_owned(),
            mount.text("type"),
            mount.text("accessor"),
            mount.lease_ttl("default_lease_ttl"),
            mount.lease_ttl("max_lease_ttl"),
            mount.setting(setting),
        ];
        columns.extend(mount.common_columns());
        rows.push(columns);
    }
    rows
}
