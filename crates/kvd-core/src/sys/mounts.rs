//! `sys/mounts` and `sys/auth`: listing, enabling, reading and disabling mounts.

use super::{
    mount_config, mount_json,
    routes::{field, route},
};
use crate::{
    house::House,
    mount::{Family, Mount, new_record, unknown_kind},
};
use kvd_backend::{Access, Field, FieldKind, Input, MountOptions, Request, RouteTable};
use kvd_json::{Kind, Value};
use kvd_types::{Body, Fault, Operation, Reply};
use std::sync::Arc;

const MOUNT: &[Field] = &[
    field("config", FieldKind::Map, "Settings such as lease times."),
    field("description", FieldKind::String, "What it is for."),
    field("external_entropy_access", FieldKind::Bool, "Kept for clients; changes nothing."),
    field("local", FieldKind::Bool, "Whether it stays on this cluster."),
    field("options", FieldKind::Map, "Options of the engine, such as its version."),
    field("plugin_name", FieldKind::String, "Another name of type."),
    field("plugin_version", FieldKind::String, "Kept for clients; there is one version of each engine."),
    field("seal_wrap", FieldKind::Bool, "Kept for clients; everything is sealed."),
    field("type", FieldKind::String, "The type of engine."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "mounts",
        Access::Token,
        &[(Operation::Read, |h, _| Box::pin(list(h, Family::Secrets)))],
        &[],
        "All secrets engines.",
    ),
    route(
        "mounts/{path*}",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r, Family::Secrets))),
            (Operation::Write, |h, r| Box::pin(enable(h, r, Family::Secrets))),
            (Operation::Delete, |h, r| Box::pin(disable(h, r, Family::Secrets))),
        ],
        MOUNT,
        "One secrets engine.",
    ),
    route(
        "auth",
        Access::Token,
        &[(Operation::Read, |h, _| Box::pin(list(h, Family::Auth)))],
        &[],
        "All auth methods.",
    ),
    route(
        "auth/{path*}",
        Access::Sudo,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r, Family::Auth))),
            (Operation::Write, |h, r| Box::pin(enable(h, r, Family::Auth))),
            (Operation::Delete, |h, r| Box::pin(disable(h, r, Family::Auth))),
        ],
        MOUNT,
        "One auth method.",
    ),
]);

/// All mounts of a family.
pub(super) async fn list(house: &House, family: Family) -> Result<Reply, Fault> {
    let table = house.unsealed.mounts.table();
    Ok(Reply::doubled(|w| {
        for mount in table.family(family) {
            w.key(&mount.record.path);
            w.raw(mount_json::text(mount, false).value());
        }
    }))
}

/// One mount.
pub(super) async fn read(house: &House, request: Request<'_>, family: Family) -> Result<Reply, Fault> {
    let path = Path::of(request, family)?;
    let what = match family {
        Family::Secrets => "secret engine mount",
        Family::Auth => "auth engine",
    };
    let mount = path.mount(house).ok_or_else(|| Fault::invalid(format!("No {what} at {}", path.own)))?;
    Ok(Reply { body: Body::Doubled(mount_json::text(&mount, false)), ..Reply::default() })
}

/// Makes a mount.
pub(super) async fn enable(house: &House, request: Request<'_>, family: Family) -> Result<Reply, Fault> {
    let path = Path::of(request, family)?;
    let input = Input::new(request.data());
    let mut kind = input.string("type")?.unwrap_or_default().into_owned();
    let plugin = input.string("plugin_name")?.unwrap_or_default();
    if matches!(kind.as_str(), "" | "plugin") && !plugin.is_empty() {
        kind = plugin.into_owned();
    }
    if kind.is_empty() {
        return Err(Fault::invalid("backend type must be specified as a string"));
    }
    let mut options = options(input)?;
    for version in ["1", "2"] {
        if kind == format!("kv-v{version}") {
            kind = "kv".to_owned();
            options.insert("version".to_owned(), version.to_owned());
        }
    }
    refuse_reserved(&path, &kind)?;
    let system_max = house.vault.settings.max_lease.as_secs();
    let config = mount_config::read(input.raw("config"), family, system_max)?;
    let mut record = new_record(&house.vault, family, &path.own, &kind)?;
    record.description = input.string("description")?.unwrap_or_default().into_owned();
    record.local = input.bool("local")?.unwrap_or(false);
    record.seal_wrap = input.bool("seal_wrap")?.unwrap_or(false);
    record.external_entropy_access = input.bool("external_entropy_access")?.unwrap_or(false);
    record.options = Some(options);
    record.config = config;
    house.unsealed.mounts.add(&house.vault, record).await?;
    Ok(Reply::empty())
}

/// Removes a mount with everything in it.
pub(super) async fn disable(house: &House, request: Request<'_>, family: Family) -> Result<Reply, Fault> {
    let path = Path::of(request, family)?;
    if path.is_protected() {
        return Err(Fault::invalid(match family {
            Family::Secrets => format!("cannot unmount {:?}", path.own),
            Family::Auth => "token credential backend cannot be disabled".to_owned(),
        }));
    }
    let tokens = &house.unsealed.tokens;
    // Tokens that came from a mount's logins go with it, in the same transaction.
    if let Some(revoked) = house.unsealed.mounts.remove(&path.full, tokens.revoke_logins()).await? {
        tokens.settle(&revoked);
    }
    house.unsealed.quotas.forget_mount(&path.full).await?;
    Ok(Reply::empty())
}

/// The path of a mount, as a call names it.
pub(super) struct Path {
    /// With a slash at the end, `auth/` in front of auth methods.
    pub(super) full: String,
    /// The same without `auth/`.
    pub(super) own: String,
    family: Family,
}

impl Path {
    pub(super) fn of(request: Request<'_>, family: Family) -> Result<Self, Fault> {
        let own = request.params.get("path").trim_matches('/');
        if own.is_empty() {
            return Err(Fault::unsupported_path());
        }
        Ok(Self::new(format!("{own}/"), family))
    }

    fn new(own: String, family: Family) -> Self {
        let full = match family {
            Family::Secrets => own.clone(),
            Family::Auth => format!("auth/{own}"),
        };
        Self { full, own, family }
    }

    pub(super) fn mount(&self, house: &House) -> Option<Arc<Mount>> {
        house.unsealed.mounts.table().get(&self.full).filter(|m| m.record.family == self.family).cloned()
    }

    /// Whether the mount there belongs to the vault itself.
    pub(super) fn is_protected(&self) -> bool {
        matches!(self.full.as_str(), "sys/" | "identity/" | "cubbyhole/" | "auth/token/")
    }
}

fn refuse_reserved(path: &Path, kind: &str) -> Result<(), Fault> {
    match path.family {
        Family::Secrets => {
            let first = path.own.split('/').next().unwrap_or_default();
            if matches!(first, "sys" | "auth" | "cubbyhole" | "identity" | "audit") {
                return Err(Fault::invalid(format!("cannot mount {:?}", path.own)));
            }
            if mount_json::is_built_in(kind) && kind != "token" {
                return Err(Fault::invalid(format!("mount type of {kind:?} is not mountable")));
            }
            if kind == "token" {
                return Err(unknown_kind(kind));
            }
        }
        Family::Auth => {
            if kind == "token" {
                return Err(Fault::invalid("token credential backend cannot be instantiated"));
            }
            if mount_json::is_built_in(kind) || matches!(kind, "kv" | "generic") {
                return Err(unknown_kind(kind));
            }
        }
    }
    Ok(())
}

/// The `options` of a body; numbers count as their digits.
pub(super) fn options(input: Input<'_>) -> Result<MountOptions, Fault> {
    let Some(value) = input.raw("options") else { return Ok(MountOptions::new()) };
    let object = value.as_object().ok_or_else(|| kvd_backend::field_error("options"))?;
    object
        .iter()
        .map(|(name, value)| Some((name.into_owned(), text(value)?)))
        .collect::<Option<_>>()
        .ok_or_else(|| kvd_backend::field_error("options"))
}

fn text(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::String => value.as_str().map(std::borrow::Cow::into_owned),
        Kind::Number | Kind::Bool => Some(value.text().to_owned()),
        Kind::Null => Some(String::new()),
        Kind::Array | Kind::Object => None,
    }
}
