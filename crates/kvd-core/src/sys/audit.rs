//! `sys/audit` and `sys/audit-hash`.

use super::routes::{field, route};
use crate::house::House;
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};

const DEVICE: &[Field] = &[
    field("description", FieldKind::String, "What it is for."),
    field("local", FieldKind::Bool, "Whether it stays on this cluster."),
    field("options", FieldKind::Map, "Options of the device, such as file_path."),
    field("type", FieldKind::String, "file, syslog or socket."),
];
const INPUT: &[Field] = &[field("input", FieldKind::String, "The text to hash.")];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "audit",
        Access::Sudo,
        &[(Operation::Read, |h, r| Box::pin(list(h, r)))],
        &[],
        "All audit devices.",
    ),
    route(
        "audit/{path*}",
        Access::Sudo,
        &[
            (Operation::Write, |h, r| Box::pin(enable(h, r))),
            (Operation::Delete, |h, r| Box::pin(disable(h, r))),
        ],
        DEVICE,
        "One audit device.",
    ),
    route(
        "audit-hash/{path*}",
        Access::Token,
        &[(Operation::Write, |h, r| Box::pin(hash(h, r)))],
        INPUT,
        "What an audit device shows for a text.",
    ),
    route(
        "audit-key",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(key(h, r)))],
        &[],
        "The public key that the chains of audit logs are signed with.",
    ),
]);

pub(super) async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let devices = house.unsealed.audit.devices();
    Ok(Reply::doubled(|w| {
        for device in devices.iter() {
            w.key(&device.path);
            w.begin_object();
            w.key("description");
            w.string(&device.description);
            w.key("local");
            w.bool(device.local);
            w.key("options");
            w.begin_object();
            for (name, value) in &device.options {
                w.key(name);
                w.string(value);
            }
            w.end_object();
            w.key("path");
            w.string(&device.path);
            w.key("type");
            w.string(&device.kind);
            w.end_object();
        }
    }))
}

pub(super) async fn enable(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let kind = input.string("type")?.unwrap_or_default();
    let description = input.string("description")?.unwrap_or_default();
    let local = input.bool("local")?.unwrap_or(false);
    let options = input.map("options")?.unwrap_or_default();
    house
        .unsealed
        .audit
        .enable(&house.vault, &path(request)?, &kind, &description, local, options, request.call.id)
        .await?;
    Ok(Reply::empty())
}

pub(super) async fn disable(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    house.unsealed.audit.disable(&path(request)?).await?;
    Ok(Reply::empty())
}

pub(super) async fn hash(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let text = Input::new(request.data()).string("input")?.unwrap_or_default();
    if text.is_empty() {
        return Err(Fault::invalid("the \"input\" parameter is empty"));
    }
    let path = path(request)?;
    let hash = house.unsealed.audit.hash(&path, &text);
    let hash = hash.ok_or_else(|| Fault::invalid(format!("unknown audit backend {path:?}")))?;
    Ok(Reply::doubled(|w| {
        w.key("hash");
        w.string(&hash);
    }))
}

/// What `kvd audit verify -key` takes.
pub(super) async fn key(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let key = house.unsealed.audit.public_key();
    Ok(Reply::object(|w| {
        w.key("algorithm");
        w.string("ed25519");
        w.key("public_key");
        w.display(key);
    }))
}

fn path(request: Request<'_>) -> Result<String, Fault> {
    match request.params.get("path").trim_matches('/') {
        "" => Err(Fault::unsupported_path()),
        path => Ok(format!("{path}/")),
    }
}
