//! `login`: from a role id and a secret id to a grant, and what becomes of the grant.

use super::{
    AppRole,
    role::{self, Role},
    secret_id::{self, SecretId},
    secret_ids::check_blocks,
};
use crate::cidr;
use kvd_backend::{Input, Renewal, Request};
use kvd_storage::ViewTx;
use kvd_types::{Fault, FaultKind, LoginGrant, LoginTimes, Reply, Secret, Timestamp};

/// One answer to all that is wrong: whoever guesses learns nothing of what exists.
fn refused() -> Fault {
    Fault::new(FaultKind::WrongCredentials, "invalid role or secret ID")
}

/// Checks what the caller shows. Nothing is used up here: that happens in [`redeem`].
pub(super) async fn login(request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let role_id = input.string("role_id")?.unwrap_or_default();
    if role_id.trim().is_empty() {
        return Err(Fault::invalid("missing role_id"));
    }
    let view = &**request.view;
    let name = role::name_of(view, role_id.trim()).await?.ok_or_else(refused)?;
    let role = role::find(view, &name).await?.ok_or_else(refused)?;
    let secret = if role.bind_secret_id { Some(secret(&request, input, &name, &role).await?) } else { None };
    let address = request.call.peer.address;
    if !cidr::admits(&role.secret_id_bound_cidrs, address) {
        return Err(Fault::invalid("source address unauthorized by CIDR restrictions on the role"));
    }
    let bound = match &secret {
        Some((_, secret)) if !secret.token_cidrs.is_empty() => &secret.token_cidrs,
        Some(_) | None => &role.token.bound_cidrs,
    };
    let mut grant = role.token.grant(bound, address)?;
    grant.metadata.insert("role_name".to_owned(), name.clone());
    grant.alias.clone_from(&role.role_id);
    grant.subject = name;
    if let Some((mac, secret)) = secret {
        // The role's name cannot be forged by metadata of the same name.
        let own = std::mem::replace(&mut grant.metadata, secret.metadata);
        grant.metadata.extend(own);
        grant.ticket = Some(Secret::new(mac));
    }
    grant.alias_metadata.clone_from(&grant.metadata);
    Ok(Reply::grant(grant))
}

/// The secret id in the body, if it is one of the role and may be used from where the caller is.
async fn secret(
    request: &Request<'_>,
    input: Input<'_>,
    name: &str,
    role: &Role,
) -> Result<(String, SecretId), Fault> {
    let given = input.string("secret_id")?.unwrap_or_default();
    if given.trim().is_empty() {
        return Err(Fault::invalid("missing secret_id"));
    }
    let mac = role.mac(given.trim());
    let secret = secret_id::find(&**request.view, name, &mac, request.now).await?.ok_or_else(refused)?;
    check_blocks(role, &secret.cidrs, &secret.token_cidrs)?;
    if !cidr::admits(&secret.cidrs, request.call.peer.address) {
        return Err(Fault::invalid("source address unauthorized by CIDR restrictions on the secret ID"));
    }
    Ok((mac, secret))
}

/// Takes one use off the secret id; the last one removes it.
pub(super) fn redeem(
    _: &AppRole,
    grant: &LoginGrant,
    now: Timestamp,
    tx: &mut dyn ViewTx,
) -> Result<(), Fault> {
    let role = role::find_in(tx, &grant.subject)?.ok_or_else(refused)?;
    let Some(mac) = &grant.ticket else {
        // The role may have come to want a secret id in the meantime.
        return if role.bind_secret_id { Err(refused()) } else { Ok(()) };
    };
    let mac = mac.expose();
    let mut secret = secret_id::find_in(tx, &grant.subject, mac, now)?.ok_or_else(refused)?;
    match secret.uses_left {
        0 => Ok(()),
        1 => secret_id::remove(tx, &grant.subject, mac),
        more => {
            secret.uses_left = more - 1;
            secret.updated_nanos = now.nanos();
            secret_id::replace(tx, &grant.subject, mac, &secret)
        }
    }
}

/// A renewal goes by the times of the role as it is at present.
pub(super) async fn renew(_: &AppRole, renewal: Renewal<'_>) -> Result<LoginTimes, Fault> {
    match role::find(&**renewal.view, renewal.subject).await? {
        Some(role) => Ok(role.token.times()),
        None => Err(Fault::invalid(format!("role {:?} does not exist during renewal", renewal.subject))),
    }
}
