//! Makes a token of what a login is worth.
//!
//! An auth method says what it found out; here alone it is decided what becomes of it. The policies are checked, the
//! times are held against those of the mount, and the token is made in the very transaction in which the method takes
//! what the login uses up.

use crate::{
    fault::TxFault,
    house::House,
    identity::{Resolved, Visitor},
    mount::{Mount, is_mounted},
    policy::{DEFAULT, ROOT, grantable},
    token::{
        Bounds, LoginOrigin, NewToken, Wish, auth_info, granted_time, normalized, of_login, with_identity,
    },
};
use kvd_backend::Request;
use kvd_types::{Fault, GrantedKind, LoginGrant, NamespaceId, Reply, TokenKind};
use std::{sync::Arc, time::Duration};

/// Puts the token of `grant` into `reply`.
pub(super) async fn redeem(
    mut reply: Reply,
    grant: LoginGrant,
    house: &House,
    mount: &Arc<Mount>,
    request: Request<'_>,
) -> Result<Reply, Fault> {
    let kind = kind(mount, grant.kind);
    if kind == TokenKind::Batch && grant.num_uses > 0 {
        return Err(Fault::invalid("batch tokens cannot have a limited use count"));
    }
    let bounds = Bounds { default: request.mount.default_lease, max: request.mount.max_lease };
    let (wish, bounds) = of_login(grant.times, bounds);
    let lifetime = granted_time(capped(wish, request.mount.max_lease), bounds, request.now, request.now);
    let new = NewToken {
        policies: policies(&grant)?,
        path: request.call.path.to_string(),
        meta: Some(grant.metadata.clone()),
        display_name: display_name(&mount.record.path, &grant.display_name),
        num_uses: grant.num_uses,
        ttl: Some(lifetime.ttl),
        explicit_max: wish.explicit_max,
        period: wish.period,
        renewable: kind == TokenKind::Service,
        bound_cidrs: grant.bound_cidrs.clone(),
        login: Some(LoginOrigin { mount: mount.record.view, subject: grant.subject.clone() }),
        ..NewToken::default()
    };
    let visitor = visitor(&grant, mount, request)?;
    let (mount, now) = (Arc::clone(mount), request.now);
    let redeem = move |tx: &mut kvd_barrier::BarrierTx<'_>| -> Result<Resolved, TxFault> {
        // A mount that was disabled in the meantime must not leave a token behind.
        if !is_mounted(tx, &mount.record)? {
            return Err(Fault::permission_denied().into());
        }
        mount.redeem(&grant, now, &mut tx.view(NamespaceId::ROOT, mount.record.view_id()))?;
        visitor.resolve(tx, now)
    };
    let tokens = &house.unsealed.tokens;
    let (token, state, resolved) = tokens.make_if(&**request.entropy, now, new, kind, redeem).await?;
    let mut auth = with_identity(house, auth_info(Some(token), &state, now)).await?;
    auth.entity_created = resolved.is_new;
    reply.auth = Some(Box::new(auth));
    reply.warnings.extend(lifetime.warnings.into_iter().map(Into::into));
    Ok(reply)
}

/// Whoever has logged in, as far as the vault's identities know them.
fn visitor(grant: &LoginGrant, mount: &Mount, request: Request<'_>) -> Result<Visitor, Fault> {
    // An alias of which the method knows nothing shows none, not an empty list.
    let metadata = Some(grant.alias_metadata.clone()).filter(|known| !known.is_empty());
    let groups = grant.group_aliases.clone();
    Visitor::new(&**request.entropy, &mount.record.accessor, &grant.alias, metadata, groups)
}

/// A period knows no maximum in all, but a login gives no more at once than the mount allows.
fn capped(wish: Wish, max: Duration) -> Wish {
    let is_unbounded = wish.explicit_max.is_zero() && wish.period > max;
    Wish { explicit_max: if is_unbounded { max } else { wish.explicit_max }, ..wish }
}

/// What the mount forces counts most, then what the role wishes, then what the mount proposes.
fn kind(mount: &Mount, wished: GrantedKind) -> TokenKind {
    match (mount.record.config.token_type.as_deref(), wished) {
        (Some("service"), _) => TokenKind::Service,
        (Some("batch"), _) | (_, GrantedKind::Batch) => TokenKind::Batch,
        (_, GrantedKind::Service) => TokenKind::Service,
        (Some("default-batch"), GrantedKind::Mount) => TokenKind::Batch,
        (_, GrantedKind::Mount) => TokenKind::Service,
    }
}

/// The policies of the token. No login gives `root` or what only the vault itself gives out, in whatever spelling.
fn policies(grant: &LoginGrant) -> Result<Vec<String>, Fault> {
    if normalized(&grant.policies).iter().any(|policy| policy == ROOT) {
        return Err(Fault::invalid("auth methods cannot create root tokens"));
    }
    let mut policies = grantable(&grant.policies)?;
    if !grant.no_default_policy && !policies.iter().any(|p| p == DEFAULT) {
        policies.push(DEFAULT.to_owned());
        policies.sort();
    }
    Ok(policies)
}

/// The mount's path with dashes for its slashes, and the name that the method gives.
fn display_name(mount: &str, name: &str) -> String {
    let mount = mount.trim_end_matches('/').replace('/', "-");
    if name.is_empty() { mount } else { format!("{mount}-{name}") }
}
