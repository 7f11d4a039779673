//! `auth/token/create`, `create-orphan` and `create/<role>`.

use super::{
    asked::Asked,
    entry::{Parent, TokenState},
    lifetime::{self, Bounds, Wish},
    policies::{Wanted, matches_any},
    role::{self, Role},
    store::NewToken,
};
use crate::{
    house::House,
    identity::Visitor,
    policy::{ROOT, together},
};
use kvd_backend::{Input, Request};
use kvd_barrier::BarrierTx;
use kvd_policy::PolicyName;
use kvd_types::{AuthInfo, Fault, Reply, Secret, Timestamp, TokenKind};
use std::time::Duration;

/// A child of the caller's token.
pub(super) async fn child(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    create(house, request, Way::Child).await
}

/// A token without a parent; who may call this needs no sudo for it.
pub(super) async fn orphan(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    create(house, request, Way::Orphan).await
}

/// A token within the limits of a role, which may go beyond the caller's own policies.
pub(super) async fn in_role(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    create(house, request, Way::Role(request.params.get("role"))).await
}

/// By which endpoint a token is made.
enum Way<'a> {
    Child,
    Orphan,
    Role(&'a str),
}

async fn create(house: &House, request: Request<'_>, way: Way<'_>) -> Result<Reply, Fault> {
    let parent = house.token()?;
    if parent.kind == TokenKind::Batch {
        return Err(Fault::invalid("batch tokens cannot create more tokens"));
    }
    if parent.entry.num_uses > 0 {
        return Err(Fault::invalid("restricted use token cannot generate child tokens"));
    }
    let role = match way {
        Way::Child | Way::Orphan => None,
        Way::Role(name) => {
            let role = role::load(request.view, name).await?;
            Some((name, role.ok_or_else(|| Fault::invalid(format!("unknown role {name}")))?))
        }
    };
    let role = role.as_ref().map(|(name, role)| (*name, role));
    let mut warnings = Vec::new();
    let mut asked = Asked::read(Input::new(request.data()))?;
    let sudo = house.has_sudo(request).await?;
    let alias = allowed_alias(&asked, role.map(|(_, role)| role))?.cloned();
    if asked.id.is_some() && !sudo {
        return Err(Fault::invalid("root or sudo privileges required to specify token id"));
    }
    check_id(asked.id.as_deref())?;
    let wish = match role {
        Some((_, role)) => apply_role(&mut asked, role, &mut warnings),
        None => asked.wish,
    };
    let kind = asked.kind.unwrap_or(TokenKind::Service);
    if kind == TokenKind::Batch {
        refuse_in_batch(&asked)?;
    }
    let wanted = Wanted {
        policies: asked.policies.as_ref(),
        no_default: asked.no_default_policy,
        kind,
        parent,
        sudo,
        role: role.map(|(_, role)| role),
    };
    let policies = wanted.decide()?;
    refuse_without_sudo(&asked, role.is_some(), sudo)?;
    let lifetime = granted_time(wish, &policies, parent, request, &mut warnings)?;
    warn_of_missing_policies(house, &policies, &mut warnings).await?;
    if asked.id.is_some() {
        warnings.push("Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.".to_owned());
    }
    let without_parent = match role {
        Some((_, role)) => role.orphan,
        None => asked.no_parent || matches!(way, Way::Orphan),
    };
    // A child is bound to where its parent is bound to, orphans and tokens of roles among them (V-038).
    let bound_cidrs = match role {
        Some((_, role)) => role.cidrs_within(&parent.entry.bound_cidrs)?,
        None => parent.entry.bound_cidrs.clone(),
    };
    let new = NewToken {
        id: asked.id.map(Secret::new),
        policies,
        path: role.map_or_else(|| request.call.path.to_string(), |(name, role)| role.path(name)),
        meta: asked.meta,
        display_name: display_name(&asked.display_name),
        num_uses: asked.num_uses,
        ttl: lifetime,
        explicit_max: asked.wish.explicit_max,
        role_max: Duration::from_secs(role.map_or(0, |(_, role)| role.explicit_max_seconds)),
        period: asked.wish.period,
        renewable: asked.renewable && lifetime.is_some() && kind == TokenKind::Service,
        // A child is its parent's entity's; an orphan is nobody's.
        entity_id: if without_parent { String::new() } else { parent.entry.entity_id.clone() },
        parent: (!without_parent).then(|| Parent::of(parent)),
        bound_cidrs,
        role: role.map(|(name, _)| name.to_owned()),
        ..NewToken::default()
    };
    let tokens = &house.unsealed.tokens;
    let (token, state) = match (alias, kind) {
        (Some(alias), _) => {
            let mount = &request.mount.accessor;
            let visitor = Visitor::new(&**request.entropy, mount, &alias, None, Vec::new())?;
            let now = request.now;
            let resolve = move |tx: &mut BarrierTx<'_>| visitor.resolve(tx, now);
            let (token, state, _) = tokens.make_if(&**request.entropy, now, new, kind, resolve).await?;
            (token, state)
        }
        (None, TokenKind::Service) => tokens.create(&**request.entropy, request.now, new).await?,
        (None, TokenKind::Batch) => tokens.create_batch(&**request.entropy, request.now, new)?,
    };
    let auth = with_identity(house, auth_info(Some(token), &state, request.now)).await?;
    let mut reply = Reply::auth(auth);
    reply.warnings.extend(warnings.into_iter().map(Into::into));
    Ok(reply)
}

/// The alias of the entity that the token shall be of, as tokens know it: only a role can allow that.
fn allowed_alias<'a>(asked: &'a Asked, role: Option<&Role>) -> Result<Option<&'a String>, Fault> {
    let Some(alias) = &asked.entity_alias else { return Ok(None) };
    let Some(role) = role else {
        return Err(Fault::invalid("'entity_alias' is only allowed in combination with token role"));
    };
    let allowed = role.allowed_entity_aliases.as_deref().unwrap_or_default();
    if !matches_any(allowed, &alias.to_lowercase()) {
        return Err(Fault::invalid("invalid 'entity_alias' value"));
    }
    Ok(Some(alias))
}

/// A role says itself whether its tokens have a parent, so nobody needs sudo for that.
fn refuse_without_sudo(asked: &Asked, in_role: bool, sudo: bool) -> Result<(), Fault> {
    let refusal = match asked {
        _ if sudo => return Ok(()),
        Asked { no_parent: true, .. } if !in_role => {
            "root or sudo privileges required to create orphan token"
        }
        Asked { wish, .. } if !wish.period.is_zero() => {
            "root or sudo privileges required to create periodic token"
        }
        _ => return Ok(()),
    };
    Err(Fault::invalid(refusal))
}

/// An id of the caller's own choosing must not look like one of the vault's.
fn check_id(id: Option<&str>) -> Result<(), Fault> {
    let Some(id) = id else { return Ok(()) };
    for prefix in ["s.", "hvs."] {
        if id.starts_with(prefix) {
            return Err(Fault::invalid(format!("custom token ID cannot have the '{prefix}' prefix")));
        }
    }
    if id.contains('.') {
        return Err(Fault::invalid("custom token ID cannot have a '.' in the value"));
    }
    Ok(())
}

/// What a role says goes over what the caller says; of two limits the smaller one counts. Gives the times that hold.
///
/// The token itself keeps only what the caller said: the role's period may change during its life.
fn apply_role(asked: &mut Asked, role: &Role, warnings: &mut Vec<String>) -> Wish {
    asked.kind = Some(role.token_type.decide(asked.kind));
    asked.renewable &= role.renewable;
    asked.num_uses = match (asked.num_uses, role.num_uses) {
        (uses, 0) | (0, uses) => uses,
        (a, b) => a.min(b),
    };
    let mut both = |asked: Duration, limit: u64, what: &str| {
        let limit = Duration::from_secs(limit);
        if asked.is_zero() || limit.is_zero() {
            return limit.max(asked);
        }
        let lesser = limit.min(asked);
        warnings.push(format!(
            "{what} specified both during creation call and in role; using the lesser value of {} seconds",
            lesser.as_secs()
        ));
        lesser
    };
    Wish {
        ttl: asked.wish.ttl,
        explicit_max: both(asked.wish.explicit_max, role.explicit_max_seconds, "Explicit max TTL"),
        period: both(asked.wish.period, role.period_seconds, "Period"),
    }
}

fn refuse_in_batch(asked: &Asked) -> Result<(), Fault> {
    let what = match asked {
        Asked { num_uses: 1.., .. } => "num_uses",
        Asked { wish, .. } if !wish.period.is_zero() => "period",
        Asked { wish, .. } if !wish.explicit_max.is_zero() => "explicit_max_ttl",
        _ => return Ok(()),
    };
    Err(Fault::invalid(format!("batch tokens cannot have {what:?} set")))
}

/// The time that the token gets; none for a root token without an end.
fn granted_time(
    mut wish: Wish,
    policies: &[String],
    parent: &TokenState,
    request: Request<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Duration>, Fault> {
    if policies == [ROOT] {
        if wish.ttl.is_zero() && wish.period.is_zero() {
            wish.ttl = wish.explicit_max;
        }
        if wish.ttl.is_zero() && wish.period.is_zero() {
            return match parent.entry.expires_nanos {
                None => Ok(None),
                Some(_) => Err(Fault::invalid("expiring root tokens cannot create non-expiring root tokens")),
            };
        }
    }
    let bounds = Bounds { default: request.mount.default_lease, max: request.mount.max_lease };
    let lifetime = lifetime::grant(wish, bounds, request.now, request.now);
    warnings.extend(lifetime.warnings);
    Ok(Some(lifetime.ttl))
}

async fn warn_of_missing_policies(
    house: &House,
    policies: &[String],
    warnings: &mut Vec<String>,
) -> Result<(), Fault> {
    for policy in policies {
        if let Ok(name) = PolicyName::parse(policy)
            && !house.unsealed.policies.exists(&name).await?
        {
            warnings.push(format!("Policy {policy:?} does not exist"));
        }
    }
    Ok(())
}

/// `token`, with what the caller wants behind it; odd characters become dashes.
fn display_name(asked: &str) -> String {
    if asked.is_empty() {
        return "token".to_owned();
    }
    let name: String = format!("token-{asked}")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' })
        .collect();
    name.strip_suffix('-').unwrap_or(&name).to_owned()
}

/// The token as answers show it.
pub(crate) fn auth_info(token: Option<Secret<String>>, state: &TokenState, now: Timestamp) -> AuthInfo {
    let entry = &state.entry;
    AuthInfo {
        client_token: token,
        accessor: entry.accessor.clone(),
        display_name: entry.display_name.clone(),
        policies: entry.policies.clone(),
        token_policies: entry.policies.clone(),
        identity_policies: Vec::new(),
        metadata: entry.meta.clone(),
        lease_duration_seconds: state.remaining_seconds(now),
        renewable: entry.renewable,
        entity_id: entry.entity_id.clone(),
        entity_created: false,
        kind: state.kind,
        orphan: entry.parent.is_none(),
        num_uses: entry.num_uses,
    }
}

/// The same with the policies that the token's entity brings it at the moment.
pub(crate) async fn with_identity(house: &House, mut auth: AuthInfo) -> Result<AuthInfo, Fault> {
    auth.identity_policies = house.unsealed.identity.policies(&auth.entity_id).await?;
    auth.policies = together(&auth.token_policies, &auth.identity_policies).into_owned();
    Ok(auth)
}
