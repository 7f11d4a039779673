//! The endpoints of secret ids: make, choose, list, look up and destroy them.

use super::{
    role::{self, Role, uuid},
    roles::named,
    secret_id::{self, Named, SecretId},
};
use crate::{
    cidr, record,
    token_params::{blocks, number, seconds, uses},
};
use kvd_backend::{Input, Request};
use kvd_json::{Kind, Limits, Object};
use kvd_storage::{Table, transact};
use kvd_types::{Fault, FaultKind, Reply, Status, Timestamp};
use std::{collections::BTreeMap, time::Duration};

/// The longest secret id that somebody can choose.
const MOST_BYTES: usize = 4096;

/// Makes a secret id.
pub(super) async fn generate(request: Request<'_>) -> Result<Reply, Fault> {
    let secret_id = uuid(&**request.entropy)?;
    create(request, secret_id).await
}

/// Takes a secret id of the caller's choosing.
pub(super) async fn choose(request: Request<'_>) -> Result<Reply, Fault> {
    let secret_id = Input::new(request.data()).string("secret_id")?.unwrap_or_default();
    if secret_id.is_empty() {
        return Err(Fault::invalid("missing secret_id"));
    }
    if secret_id.len() > MOST_BYTES {
        return Err(Fault::invalid("secret_id is longer than maximum of 4096 bytes"));
    }
    create(request, secret_id.into_owned()).await
}

async fn create(request: Request<'_>, secret_id: String) -> Result<Reply, Fault> {
    let name = named(&request)?;
    let accessor = uuid(&**request.entropy)?;
    let (body, now, max_lease) = (request.data().clone(), request.now, request.mount.max_lease);
    let text = secret_id.clone();
    let made = transact(&**request.view, move |tx| -> Result<SecretId, Fault> {
        let role = role::find_in(tx, &name)?.ok_or_else(|| no_such_role(&name, FaultKind::NotFound))?;
        let secret = draft(&role, Input::new(&body), accessor.clone(), now, max_lease)?;
        secret_id::add(tx, &name, &role.mac(text.trim()), &secret)?;
        Ok(secret)
    })
    .await?;
    let reply = Reply::object(|w| {
        w.key("secret_id");
        w.string(&secret_id);
        w.key("secret_id_accessor");
        w.string(&made.accessor);
        w.key("secret_id_num_uses");
        number(w, made.uses_left);
        w.key("secret_id_ttl");
        number(w, made.ttl_seconds);
    });
    Ok(Reply { accessor: Some(made.accessor.clone()), ..reply })
}

/// What a body asks for, within what the role allows.
fn draft(
    role: &Role,
    input: Input<'_>,
    accessor: String,
    now: Timestamp,
    max_lease: Duration,
) -> Result<SecretId, Fault> {
    if !role.bind_secret_id {
        return Err(Fault::invalid("bind_secret_id is not set on the role"));
    }
    let cidrs = blocks(input, "cidr_list", true)?.unwrap_or_default();
    let token_cidrs = blocks(input, "token_bound_cidrs", false)?.unwrap_or_default();
    check_blocks(role, &cidrs, &token_cidrs)?;
    // Of uses and of time 0 is the most: it stands for no limit at all.
    let exceeds = |asked: u64, allowed: u64| allowed > 0 && (asked == 0 || asked > allowed);
    let uses_left =
        uses(input, "num_uses", "num_uses cannot be negative")?.unwrap_or(role.secret_id_num_uses);
    if exceeds(uses_left, role.secret_id_num_uses) {
        return Err(Fault::invalid("num_uses cannot be higher than the role's secret_id_num_uses"));
    }
    let ttl = seconds(input, "ttl")?.unwrap_or(role.secret_id_ttl_seconds);
    if exceeds(ttl, role.secret_id_ttl_seconds) {
        return Err(Fault::invalid("ttl cannot be longer than the role's secret_id_ttl"));
    }
    let ttl_seconds = ttl.min(max_lease.as_secs());
    Ok(SecretId {
        accessor,
        metadata: metadata(input)?,
        cidrs,
        token_cidrs,
        uses_left,
        ttl_seconds,
        created_nanos: now.nanos(),
        updated_nanos: now.nanos(),
        expires_nanos: (ttl_seconds > 0).then(|| now.plus(Duration::from_secs(ttl_seconds)).nanos()),
    })
}

/// A secret id must not open more than its role does, also when the role was narrowed afterwards.
///
/// # Errors
/// When it would.
pub(super) fn check_blocks(role: &Role, cidrs: &[String], token_cidrs: &[String]) -> Result<(), Fault> {
    for (outer, inner) in [(&role.secret_id_bound_cidrs, cidrs), (&role.token.bound_cidrs, token_cidrs)] {
        if !cidr::covers(outer, inner) {
            return Err(Fault::invalid(
                "failed to verify subset relationship between CIDR blocks on the role and those on the secret ID",
            ));
        }
    }
    Ok(())
}

/// Texts by name, as a JSON text or as pairs `a=b,c=d`. What is wrong with it is said without quoting it.
fn metadata(input: Input<'_>) -> Result<BTreeMap<String, String>, Fault> {
    let refused = |why: &'static str| Fault::invalid(format!("failed to parse metadata: {why}"));
    let Some(text) = input.string("metadata")? else { return Ok(BTreeMap::new()) };
    if let Ok(object) = Object::parse(text.as_bytes(), &Limits::default()) {
        let members = object.iter().map(|(name, value)| match value.kind() {
            Kind::String => value.as_str().map(|v| (name.into_owned(), v.into_owned())),
            Kind::Null | Kind::Bool | Kind::Number | Kind::Array | Kind::Object => None,
        });
        return members.collect::<Option<_>>().ok_or_else(|| refused("values have to be texts"));
    }
    text.split(',')
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| pair.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned())))
        .collect::<Option<_>>()
        .ok_or_else(|| refused("neither a JSON object nor pairs"))
}

/// The accessors of a role's secret ids.
pub(super) async fn list(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    find_role(&request, &name, FaultKind::Invalid).await?;
    let mut accessors = Vec::new();
    for (_, opened) in request.view.list_records(Table::Heads, &secret_id::folder(&name)).await? {
        let secret: SecretId = record::decode(&opened)?;
        if secret.is_good(request.now) {
            accessors.push(secret.accessor);
        }
    }
    accessors.sort();
    Reply::listing(accessors)
}

/// What is known of a secret id; nothing is an empty answer.
pub(super) async fn look_up(request: Request<'_>) -> Result<Reply, Fault> {
    let (name, mac) = given(&request).await?;
    let found = secret_id::find(&**request.view, &name, &mac, request.now).await?;
    Ok(found.map_or_else(Reply::empty, |secret| describe(&secret)))
}

/// Ends a secret id; one that is not there has ended already.
pub(super) async fn destroy(request: Request<'_>) -> Result<Reply, Fault> {
    let (name, mac) = given(&request).await?;
    transact(&**request.view, move |tx| secret_id::remove(tx, &name, &mac)).await?;
    Ok(Reply::empty())
}

/// What is known of the secret id with an accessor; nothing of those of other roles.
pub(super) async fn look_up_by_accessor(request: Request<'_>) -> Result<Reply, Fault> {
    let (name, accessor) = given_accessor(&request).await?;
    let found = match secret_id::by_accessor(&**request.view, &accessor).await? {
        Some(named) if named.role != name => return Ok(Reply::empty()),
        Some(Named { mac, .. }) => secret_id::find(&**request.view, &name, &mac, request.now).await?,
        None => None,
    };
    Ok(match found {
        Some(secret) => describe(&secret),
        None => Reply::object(|w| {
            w.key("error");
            w.string(&no_such_accessor(&accessor));
        })
        .with_status(Status::Absent),
    })
}

/// Ends the secret id with an accessor, if it is one of the role in the path.
pub(super) async fn destroy_by_accessor(request: Request<'_>) -> Result<Reply, Fault> {
    let (name, accessor) = given_accessor(&request).await?;
    let Some(named) = secret_id::by_accessor(&**request.view, &accessor).await? else {
        return Err(Fault::new(FaultKind::NotFound, no_such_accessor(&accessor)));
    };
    if named.role != name {
        return Err(Fault::new(FaultKind::PermissionDenied, "invalid secret id accessor"));
    }
    transact(&**request.view, move |tx| secret_id::remove(tx, &name, &named.mac)).await?;
    Ok(Reply::empty())
}

/// The role in the path and the place of the secret id in the body.
async fn given(request: &Request<'_>) -> Result<(String, String), Fault> {
    let name = named(request)?;
    let secret_id = Input::new(request.data()).string("secret_id")?.unwrap_or_default();
    if secret_id.is_empty() {
        return Err(Fault::invalid("missing secret_id"));
    }
    let role = find_role(request, &name, FaultKind::NotFound).await?;
    let mac = role.mac(secret_id.trim());
    Ok((name, mac))
}

async fn given_accessor(request: &Request<'_>) -> Result<(String, String), Fault> {
    let name = named(request)?;
    let accessor = Input::new(request.data()).string("secret_id_accessor")?.unwrap_or_default();
    if accessor.is_empty() {
        return Err(Fault::invalid("missing secret_id_accessor"));
    }
    find_role(request, &name, FaultKind::NotFound).await?;
    Ok((name, accessor.into_owned()))
}

async fn find_role(request: &Request<'_>, name: &str, otherwise: FaultKind) -> Result<Role, Fault> {
    role::find(&**request.view, name).await?.ok_or_else(|| no_such_role(name, otherwise))
}

fn no_such_role(name: &str, kind: FaultKind) -> Fault {
    Fault::new(kind, format!("role {name:?} does not exist"))
}

fn no_such_accessor(accessor: &str) -> String {
    format!("failed to find accessor entry for secret_id_accessor: {accessor:?}")
}

fn describe(secret: &SecretId) -> Reply {
    Reply::object(|w| {
        w.key("cidr_list");
        w.strings(&secret.cidrs);
        w.key("creation_time");
        w.display(Timestamp::from_nanos(secret.created_nanos));
        w.key("expiration_time");
        match secret.expires_nanos {
            Some(end) => w.display(Timestamp::from_nanos(end)),
            // The zero time of Go, which clients take for "never".
            None => w.string("0001-01-01T00:00:00Z"),
        }
        w.key("last_updated_time");
        w.display(Timestamp::from_nanos(secret.updated_nanos));
        w.key("metadata");
        w.begin_object();
        for (name, value) in &secret.metadata {
            w.key(name);
            w.string(value);
        }
        w.end_object();
        w.key("secret_id_accessor");
        w.string(&secret.accessor);
        w.key("secret_id_num_uses");
        number(w, secret.uses_left);
        w.key("secret_id_ttl");
        number(w, secret.ttl_seconds);
        w.key("token_bound_cidrs");
        w.strings(&secret.token_cidrs);
    })
}
