//! `auth/token/renew`, `renew-self` and `renew-accessor`.

use super::{
    create::{auth_info, with_identity},
    entry::{LoginOrigin, TokenEntry, TokenState},
    lifetime::{self, Bounds, Lifetime, Wish},
    lookup::named_by_accessor,
    named, role,
};
use crate::{house::House, mount::Family};
use kvd_backend::{Input, Request, field_error};
use kvd_types::{ClientAuth, Fault, Reply, Secret, Timestamp, TokenKind};
use std::{sync::Arc, time::Duration};

/// The token in the body.
pub(super) async fn any(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let token = named::token(request)?.ok_or_else(|| Fault::invalid("missing token ID"))?;
    let state = house.unsealed.tokens.present(&token, request.now).await?;
    let state = state.ok_or_else(|| Fault::invalid("token not found"))?;
    renew(house, request, &state, Some(token)).await
}

/// The caller's own token.
pub(super) async fn own(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let ClientAuth::Token(token) = &request.call.auth else {
        return Err(Fault::permission_denied());
    };
    renew(house, request, house.token()?, Some(token.clone())).await
}

/// The token with an accessor.
pub(super) async fn by_accessor(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let state = named_by_accessor(house, request).await?;
    if !state.entry.renewable {
        return Err(Fault::invalid("1 error occurred:\n\t* invalid request\n\n"));
    }
    renew(house, request, &state, None).await
}

async fn renew(
    house: &House,
    request: Request<'_>,
    state: &Arc<TokenState>,
    token: Option<Secret<String>>,
) -> Result<Reply, Fault> {
    let increment = match Input::new(request.data()).signed_duration("increment")? {
        None => Duration::ZERO,
        Some(n) => Duration::from_nanos(u64::try_from(n).map_err(|_| field_error("increment"))?),
    };
    if state.kind == TokenKind::Batch {
        return Err(Fault::invalid("batch tokens cannot be renewed"));
    }
    if !state.entry.renewable {
        return Err(Fault::invalid("lease is not renewable"));
    }
    let Lifetime { ttl, warnings } = granted(house, state, increment, request).await?;
    let (now, end) = (request.now, request.now.plus(ttl));
    let renewed = house
        .unsealed
        .tokens
        .edit(state.hash, move |entry| {
            entry.expires_nanos = Some(end.nanos());
            entry.last_renewal_nanos = Some(now.nanos());
        })
        .await?
        // Revoked between the look and the change: the change has not brought it back.
        .ok_or_else(|| Fault::invalid("token not found"))?;
    let mut auth = with_identity(house, auth_info(token, &renewed, request.now)).await?;
    // A renewal tells what the token was made with.
    auth.num_uses = renewed.entry.given_uses;
    let mut reply = Reply::auth(auth);
    reply.warnings.extend(warnings.into_iter().map(Into::into));
    Ok(reply)
}

/// A token of a role follows its role's period, and cannot be renewed once the role is gone.
async fn period(state: &TokenState, request: Request<'_>) -> Result<Duration, Fault> {
    let own = Duration::from_secs(state.entry.period_seconds);
    let Some(name) = &state.entry.role else { return Ok(own) };
    match role::load(request.view, name).await? {
        Some(role) if role.period_seconds > 0 => Ok(Duration::from_secs(role.period_seconds)),
        Some(_) => Ok(own),
        None => Err(Fault::invalid(format!("original token role {name:?} could not be found, not renewing"))),
    }
}

async fn granted(
    house: &House,
    state: &TokenState,
    increment: Duration,
    request: Request<'_>,
) -> Result<Lifetime, Fault> {
    let entry = &state.entry;
    let created = Timestamp::from_nanos(entry.created_nanos);
    if let Some(origin) = &entry.login {
        let (wish, bounds) = by_role(house, state, origin, request).await?;
        let wish = Wish { ttl: if increment.is_zero() { wish.ttl } else { increment }, ..wish };
        return Ok(lifetime::grant(wish, bounds, created, request.now));
    }
    let wish = Wish {
        ttl: if increment.is_zero() { given_last(entry) } else { increment },
        period: period(state, request).await?,
        explicit_max: state.explicit_max(),
    };
    let bounds = Bounds { default: request.mount.default_lease, max: request.mount.max_lease };
    Ok(lifetime::grant(wish, bounds, created, request.now))
}

/// Without an increment a token gets what it was given the last time.
fn given_last(entry: &TokenEntry) -> Duration {
    match (entry.last_renewal_nanos, entry.expires_nanos) {
        (Some(renewed), Some(end)) => Timestamp::from_nanos(end).since(Timestamp::from_nanos(renewed)),
        _ => Duration::from_secs(entry.creation_ttl_seconds),
    }
}

/// What the role of a login gives, as it is at present; only the explicit maximum is that of the login.
async fn by_role(
    house: &House,
    state: &TokenState,
    origin: &LoginOrigin,
    request: Request<'_>,
) -> Result<(Wish, Bounds), Fault> {
    let table = house.unsealed.mounts.table();
    let mount = table.family(Family::Auth).find(|m| m.record.view == origin.mount);
    let mount = mount.ok_or_else(|| Fault::invalid("lease is not renewable"))?;
    let times = mount.renew(&origin.subject, &state.entry.policies, request).await?;
    let bounds = Bounds { default: mount.info.default_lease, max: mount.info.max_lease };
    let (wish, bounds) = lifetime::of_login(times, bounds);
    let explicit_max = Duration::from_secs(state.entry.explicit_max_ttl_seconds);
    Ok((Wish { period: wish.period.min(mount.info.max_lease), explicit_max, ..wish }, bounds))
}
