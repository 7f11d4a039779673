//! `sys/leases/`: the leases there are, which are those of tokens.
//!
//! Revoking a lease is one transaction that either holds or fails in the caller's face, so there are none that could not
//! be revoked, and nothing is left to be done in the background: `sync` is what always happens.

use super::routes::{field, route};
use crate::{
    house::House,
    token::{LeaseId, TokenState, tidy_leases},
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{
    Fault,
    Operation::{List, Read, Write},
    Reply, Timestamp,
};
use std::{borrow::Cow, sync::Arc};

const LEASE: &[Field] = &[
    field("increment", FieldKind::Duration, "How long it shall last from now on."),
    field("lease_id", FieldKind::String, "The id of the lease."),
    field("sync", FieldKind::Bool, "Kept for clients: every revocation is done when it is answered."),
];
const KIND: &[Field] = &[
    field("include_child_namespaces", FieldKind::Bool, "Count below the namespace too."),
    field("limit", FieldKind::String, "At most so many; none for all."),
    field("type", FieldKind::String, "Only irrevocable."),
];
const COUNTED: &[Field] = &[
    field("include_child_namespaces", FieldKind::Bool, "Count below the namespace too."),
    field("type", FieldKind::String, "Only irrevocable."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "leases",
        Access::Sudo,
        &[(Read, |h, r| Box::pin(irrevocable(h, r)))],
        KIND,
        "Leases that cannot be revoked.",
    ),
    route(
        "leases/count",
        Access::Token,
        &[(Read, |h, r| Box::pin(count(h, r)))],
        COUNTED,
        "How many of them there are.",
    ),
    route(
        "leases/tidy",
        Access::Token,
        &[(Write, |h, r| Box::pin(tidy(h, r)))],
        &[],
        "Cleans up leases that have ended.",
    ),
    // A listing has a slash at its end, which tells it from the look-up of one lease.
    route(
        "leases/lookup/{prefix*}",
        Access::Sudo,
        &[(List, |h, r| Box::pin(list(h, r)))],
        &[],
        "The leases below a path.",
    ),
    route(
        "leases/lookup",
        Access::Token,
        &[(Write, |h, r| Box::pin(lookup(h, r))), (List, |h, r| Box::pin(list_all(h, r)))],
        LEASE,
        "What is known of a lease.",
    ),
    route(
        "leases/renew",
        Access::Token,
        &[(Write, |h, r| Box::pin(renew(h, r)))],
        LEASE,
        "Prolongs a lease.",
    ),
    route(
        "leases/renew/{id*}",
        Access::Token,
        &[(Write, |h, r| Box::pin(renew(h, r)))],
        LEASE,
        "Prolongs a lease.",
    ),
    route(
        "leases/revoke",
        Access::Token,
        &[(Write, |h, r| Box::pin(revoke(h, r)))],
        LEASE,
        "Revokes a lease.",
    ),
    route(
        "leases/revoke/{id*}",
        Access::Token,
        &[(Write, |h, r| Box::pin(revoke(h, r)))],
        LEASE,
        "Revokes a lease.",
    ),
    route(
        "leases/revoke-prefix/{prefix*}",
        Access::Sudo,
        &[(Write, |h, r| Box::pin(revoke_prefix(h, r)))],
        LEASE,
        "Revokes all leases below a path.",
    ),
    route(
        "leases/revoke-force/{prefix*}",
        Access::Sudo,
        &[(Write, |h, r| Box::pin(revoke_prefix(h, r)))],
        LEASE,
        "Revokes all leases below a path, whatever stands in the way.",
    ),
]);

async fn irrevocable(_: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    check_kind(input)?;
    let limit = input.string("limit")?.unwrap_or_default();
    if !matches!(&*limit, "" | "none") && limit.parse::<u64>().ok().is_none_or(|n| n == 0) {
        return Err(Fault::invalid("invalid 'limit' value: must be \"none\" or a positive number"));
    }
    Ok(Reply::object(|w| {
        w.key("lease_count");
        w.int(0);
        w.key("leases");
        w.begin_array();
        w.end_array();
    }))
}

async fn count(_: &House, request: Request<'_>) -> Result<Reply, Fault> {
    check_kind(Input::new(request.data()))?;
    Ok(Reply::object(|w| {
        w.key("counts");
        w.begin_object();
        w.end_object();
        w.key("lease_count");
        w.int(0);
    }))
}

fn check_kind(input: Input<'_>) -> Result<(), Fault> {
    input.bool("include_child_namespaces")?;
    match input.string("type")?.as_deref() {
        Some("irrevocable") => Ok(()),
        Some(_) | None => Err(Fault::absent()),
    }
}

async fn tidy(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    Ok(tidy_leases(house, request.now))
}

async fn list(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(house.unsealed.tokens.leases(request.params.get("prefix")).await?)
}

/// The folders of all leases. It asks for sudo itself: the look-up of one lease, at the same path, needs none.
async fn list_all(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    if !house.has_sudo(request).await? {
        return Err(Fault::not_permitted());
    }
    list(house, request).await
}

async fn lookup(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let id = lease_id(request)?;
    let state = find(house, &id, request.now).await?.ok_or_else(|| Fault::invalid("invalid lease"))?;
    let entry = &state.entry;
    let time = Timestamp::from_nanos;
    Ok(Reply::object(|w| {
        w.key("expire_time");
        match entry.expires_nanos {
            Some(end) => w.display(time(end)),
            None => w.null(),
        }
        w.key("id");
        w.string(&id);
        w.key("issue_time");
        w.display(time(entry.created_nanos));
        w.key("last_renewal");
        match entry.last_renewal_nanos {
            Some(renewed) => w.display(time(renewed)),
            None => w.null(),
        }
        w.key("renewable");
        w.bool(entry.renewable);
        w.key("ttl");
        w.int(i64::try_from(state.remaining_seconds(request.now)).unwrap_or(i64::MAX));
    }))
}

async fn renew(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let id = lease_id(request)?;
    Input::new(request.data()).duration("increment")?;
    match find(house, &id, request.now).await? {
        Some(_) => Err(Fault::invalid("tokens cannot be renewed through this endpoint")),
        None => Err(Fault::invalid("lease not found")),
    }
}

/// A lease that is not there is revoked already.
async fn revoke(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let id = lease_id(request)?;
    if let Some(state) = find(house, &id, request.now).await? {
        house.unsealed.tokens.revoke_tree(state.hash).await?;
    }
    Ok(Reply::empty())
}

async fn revoke_prefix(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let prefix = request.params.get("prefix");
    Input::new(request.data()).bool("sync")?;
    let tokens = &house.unsealed.tokens;
    if let Some(state) = find(house, prefix, request.now).await? {
        tokens.revoke_tree(state.hash).await?;
    }
    tokens.revoke_below(prefix).await?;
    Ok(Reply::empty())
}

/// The id of a lease, out of the path or else the body.
fn lease_id(request: Request<'_>) -> Result<Cow<'_, str>, Fault> {
    let input = Input::new(request.data());
    input.bool("sync")?;
    let mut id = Cow::Borrowed(request.params.get("id"));
    if let Some(value) = input.raw("lease_id").filter(|_| id.is_empty()) {
        id = value.as_str().ok_or_else(|| Fault::invalid("invalid lease ID"))?;
    }
    match &*id {
        "" => Err(Fault::invalid("lease_id must be specified")),
        _ => Ok(id),
    }
}

/// The token of a lease, if there is such a lease: its path must be the one that made the token.
async fn find(house: &House, id: &str, now: Timestamp) -> Result<Option<Arc<TokenState>>, Fault> {
    let Some(LeaseId { path, hash }) = LeaseId::parse(id) else { return Ok(None) };
    let tokens = &house.unsealed.tokens;
    let state = tokens.living(tokens.by_hash(hash).await?, now).await?;
    Ok(state.filter(|s| s.entry.expires_nanos.is_some() && s.entry.path.trim_end_matches('/') == path))
}
