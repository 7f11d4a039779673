//! `sys/mounts/…/tune` and `sys/auth/…/tune`.

use super::{
    mount_config::{apply_common, lease},
    mount_json,
    mounts::{Path, options},
    routes::{field, route},
};
use crate::{
    house::House,
    mount::{Family, MountRecord},
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};

const TUNE: &[Field] = &[
    field("allowed_response_headers", FieldKind::List, "Headers that the engine may set."),
    field(
        "audit_non_hmac_request_keys",
        FieldKind::List,
        "Members of bodies that audit lines show in clear.",
    ),
    field(
        "audit_non_hmac_response_keys",
        FieldKind::List,
        "Members of answers that audit lines show in clear.",
    ),
    field("default_lease_ttl", FieldKind::String, "How long leases last."),
    field("description", FieldKind::String, "What it is for."),
    field("listing_visibility", FieldKind::String, "unauth to show it to callers without a token."),
    field("max_lease_ttl", FieldKind::String, "How long leases last at most."),
    field("options", FieldKind::Map, "Options of the engine."),
    field("passthrough_request_headers", FieldKind::List, "Headers that the engine may see."),
    field("plugin_version", FieldKind::String, "Kept for clients."),
    field("token_type", FieldKind::String, "The type of tokens that an auth method makes."),
    field("user_lockout_config", FieldKind::Map, "When failed logins lock a user out."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "mounts/auth/{path}/tune",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r, Family::Auth))),
            (Operation::Write, |h, r| Box::pin(write(h, r, Family::Auth))),
        ],
        TUNE,
        "The settings of an auth method.",
    ),
    route(
        "mounts/{path*}/tune",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r, Family::Secrets))),
            (Operation::Write, |h, r| Box::pin(write(h, r, Family::Secrets))),
        ],
        TUNE,
        "The settings of a secrets engine.",
    ),
    route(
        "auth/{path*}/tune",
        Access::Sudo,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r, Family::Auth))),
            (Operation::Write, |h, r| Box::pin(write(h, r, Family::Auth))),
        ],
        TUNE,
        "The settings of an auth method.",
    ),
]);

/// The settings of a mount, with the times that really hold.
pub(super) async fn read(house: &House, request: Request<'_>, family: Family) -> Result<Reply, Fault> {
    let path = Path::of(request, family)?;
    let mount = house.unsealed.mounts.table().get(&path.full).cloned();
    let mount =
        mount.ok_or_else(|| Fault::invalid(format!("cannot fetch sysview for path {:?}", path.full)))?;
    let settings = &house.vault.settings;
    let system = (settings.default_lease.as_secs(), settings.max_lease.as_secs());
    Ok(Reply::doubled(|w| mount_json::write_tune(w, &mount, system)))
}

/// Changes the settings that the body names.
pub(super) async fn write(house: &House, request: Request<'_>, family: Family) -> Result<Reply, Fault> {
    let path = Path::of(request, family)?;
    let input = Input::new(request.data());
    if house.unsealed.mounts.table().get(&path.full).is_none() {
        return Err(Fault::invalid(format!("tune of path {:?} failed: no mount entry found", path.full)));
    }
    refuse_protected(&path, input)?;
    let mut upgrade = None;
    let changed = house
        .unsealed
        .mounts
        .edit(&house.vault, &path.full, |record| {
            upgrade = apply(record, input)?;
            Ok(())
        })
        .await?;
    match upgrade {
        None => Ok(Reply::empty()),
        Some((from, to)) => {
            house.start_upgrade(changed);
            Ok(Reply::empty().warn(format!(
                "Upgrading mount from version {from} to version {to}. This mount will be unavailable for a brief period and will resume service shortly."
            )))
        }
    }
}

/// What the vault itself relies on cannot be tuned; of the token method, only its times and description can.
fn refuse_protected(path: &Path, input: Input<'_>) -> Result<(), Fault> {
    if !matches!(path.full.as_str(), "sys/" | "cubbyhole/" | "identity/") {
        return Ok(());
    }
    for name in ["description", "default_lease_ttl", "max_lease_ttl", "options", "listing_visibility"] {
        if input.has(name) {
            return Err(Fault::invalid(format!("cannot tune parameter {name} of {}", path.own)));
        }
    }
    Ok(())
}

/// Changes the record; gives the versions when its engine's version changes.
fn apply(record: &mut MountRecord, input: Input<'_>) -> Result<Option<(String, String)>, Fault> {
    let family = record.family;
    let config = &mut record.config;
    if let Some(seconds) = lease(input, "default_lease_ttl", "default TTL")? {
        config.default_lease_seconds = seconds;
    }
    if let Some(seconds) = lease(input, "max_lease_ttl", "max TTL")? {
        config.max_lease_seconds = seconds;
    }
    let (default, max) = (config.default_lease_seconds, config.max_lease_seconds);
    if max != 0 && default > max {
        return Err(Fault::invalid(format!(
            "backend max lease TTL of {max} would be less than backend default lease TTL of {default}"
        )));
    }
    apply_common(config, input, family)?;
    if let Some(text) = input.string("description")? {
        record.description = text.into_owned();
    }
    if input.raw("options").is_none() {
        return Ok(None);
    }
    version_change(record, input)
}

fn version_change(record: &mut MountRecord, input: Input<'_>) -> Result<Option<(String, String)>, Fault> {
    let given = options(input)?;
    let mut kept = record.options.clone().unwrap_or_default();
    let old = kept.get("version").filter(|v| !v.is_empty()).map_or("1", |v| v).to_owned();
    let new = given.get("version").filter(|v| !v.is_empty()).map_or(old.as_str(), |v| v).to_owned();
    kept.extend(given);
    match (old.as_str(), new.as_str()) {
        _ if record.kind == "kv" && !matches!(new.as_str(), "1" | "2") => {
            return Err(Fault::invalid(format!("invalid version provided: {new}")));
        }
        ("2", "1") => return Err(Fault::invalid("cannot downgrade mount from version 2")),
        _ => {}
    }
    record.options = Some(kept);
    if old == new || record.family != Family::Secrets {
        return Ok(None);
    }
    record.upgrading = true;
    Ok(Some((old, new)))
}
