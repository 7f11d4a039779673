//! `sys/quotas`: rate limits.

use super::routes::{field, route};
use crate::{
    house::House,
    mount::Family,
    quota::{QuotaConfig, RateLimit},
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable, field_error};
use kvd_json::Value;
use kvd_types::{Fault, Operation, Reply};

const LIMIT: &[Field] = &[
    field("block_interval", FieldKind::Duration, "How long an address is refused that went over the limit."),
    field("inheritable", FieldKind::Bool, "Whether it holds for namespaces below, too."),
    field(
        "interval",
        FieldKind::Duration,
        "The span of time in which calls are counted; a second when none is given.",
    ),
    field("path", FieldKind::String, "A mount, or a path within one; everything when empty."),
    field("rate", FieldKind::String, "How many calls an address may make in an interval."),
    field("role", FieldKind::String, "Kept for clients; limits do not tell roles apart."),
    field("type", FieldKind::String, "Kept for clients."),
];
const CONFIG: &[Field] = &[
    field("enable_rate_limit_audit_logging", FieldKind::Bool, "Whether refusals are on record."),
    field("enable_rate_limit_response_headers", FieldKind::Bool, "Whether callers are told how they stand."),
    field("rate_limit_exempt_paths", FieldKind::List, "Paths that no limit holds for."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "quotas/config",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read_config(h, r))),
            (Operation::Write, |h, r| Box::pin(write_config(h, r))),
        ],
        CONFIG,
        "What holds for all rate limits.",
    ),
    route(
        "quotas/rate-limit",
        Access::Token,
        &[(Operation::List, |h, r| Box::pin(list(h, r)))],
        &[],
        "The names of all rate limits.",
    ),
    route(
        "quotas/rate-limit/{name}",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r))),
            (Operation::Write, |h, r| Box::pin(write(h, r))),
            (Operation::Delete, |h, r| Box::pin(delete(h, r))),
        ],
        LIMIT,
        "One rate limit.",
    ),
]);

async fn read_config(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let config = house.unsealed.quotas.config.get();
    Ok(Reply::object(|w| {
        w.key("enable_rate_limit_audit_logging");
        w.bool(config.audit_refusals);
        w.key("enable_rate_limit_response_headers");
        w.bool(config.send_headers);
        w.key("rate_limit_exempt_paths");
        w.strings(&config.exempt_paths);
    }))
}

/// Each write replaces all of it, as in Vault.
async fn write_config(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let config = QuotaConfig {
        audit_refusals: input.bool("enable_rate_limit_audit_logging")?.unwrap_or(false),
        send_headers: input.bool("enable_rate_limit_response_headers")?.unwrap_or(false),
        exempt_paths: input.list("rate_limit_exempt_paths")?.unwrap_or_default(),
    };
    house.unsealed.quotas.config.edit(|_| Ok(config)).await?;
    Ok(Reply::empty())
}

async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let limits = house.unsealed.quotas.limits();
    Reply::listing(limits.keys())
}

async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = request.params.get("name");
    let limits = house.unsealed.quotas.limits();
    let limit = limits.get(name).ok_or_else(Fault::absent)?;
    let rate = limit.rate.to_string();
    let seconds = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Ok(Reply::object(|w| {
        w.key("block_interval");
        w.int(seconds(limit.block_seconds));
        w.key("inheritable");
        w.bool(limit.inheritable);
        w.key("interval");
        w.int(seconds(limit.interval_seconds));
        w.key("name");
        w.string(name);
        w.key("path");
        w.string(&limit.path);
        w.key("rate");
        match Value::from_stored(rate.as_bytes()) {
            Ok(number) => w.raw(number),
            Err(_) => w.null(),
        }
        w.key("role");
        w.string("");
        w.key("type");
        w.string("rate-limit");
    }))
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let rate = match input.string("rate")? {
        None => 0.0,
        Some(text) => text.parse::<f64>().map_err(|_| field_error("rate"))?,
    };
    let interval = input.duration("interval")?.unwrap_or_default();
    let block = input.duration("block_interval")?.unwrap_or_default();
    if !(rate > 0.0 && rate.is_finite()) {
        return Err(Fault::invalid("'rate' is invalid"));
    }
    let mut path = input.string("path")?.unwrap_or_default().trim_start_matches('/').to_owned();
    let mount = mount_of(house, &path, input.string("role")?.is_some_and(|role| !role.is_empty()))?;
    // The mount itself is named with its slash.
    if mount.as_ref().is_some_and(|mount| mount.strip_suffix('/') == Some(path.as_str())) {
        path.push('/');
    }
    let limit = RateLimit {
        inheritable: input.bool("inheritable")?.unwrap_or(path.is_empty()),
        path,
        mount,
        rate,
        interval_seconds: interval.as_secs().max(1),
        block_seconds: block.as_secs(),
    };
    house.unsealed.quotas.write(request.params.get("name"), limit).await?;
    Ok(Reply::empty())
}

/// The mount that a path belongs to; a limit goes when its mount does.
fn mount_of(house: &House, path: &str, role: bool) -> Result<Option<String>, Fault> {
    let unsuitable = || {
        Fault::invalid(format!(
            "Mount path {path:?} is not a valid auth method and therefore unsuitable for use with role-based quotas"
        ))
    };
    if path.is_empty() {
        return if role { Err(unsuitable()) } else { Ok(None) };
    }
    let end = if path.ends_with(['/', '*']) { "" } else { "/" };
    let (mount, _) = house
        .unsealed
        .mounts
        .find(path)
        .ok_or_else(|| Fault::invalid(format!("invalid mount path \"{path}{end}\"")))?;
    if role {
        return Err(match mount.record.family {
            Family::Auth => {
                let mount = &mount.info.path;
                Fault::invalid(format!("Mount path {mount:?} does not support use with role-based quotas"))
            }
            Family::Secrets => unsuitable(),
        });
    }
    Ok(Some(mount.info.path.clone()))
}

async fn delete(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    house.unsealed.quotas.remove(request.params.get("name")).await?;
    Ok(Reply::empty())
}
