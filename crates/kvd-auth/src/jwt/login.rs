//! `login`: from a signed token to a grant, and what becomes of the grant.

use super::{
    Jwt, bound,
    config::{self, Config, Source},
    identity::{self, Identity},
    policy_template::Template,
    role::{ROLES, Role, RoleKind},
};
use crate::{
    cidr,
    jose::{Claims, Expected, KeySet, Times, Token, TokenError},
    name::shown,
};
use kvd_backend::{Input, Renewal, Request};
use kvd_storage::ViewTx;
use kvd_types::{Fault, LoginGrant, LoginTimes, Reply, Timestamp};

fn no_role(name: &str) -> Fault {
    Fault::invalid(format!("role {:?} could not be found", shown(name)))
}

/// Checks what the caller shows. Every check is of what the issuer has signed, never of what stands beside it.
pub(super) async fn login(method: &Jwt, request: Request<'_>) -> Result<Reply, Fault> {
    let (input, view) = (Input::new(request.data()), &**request.view);
    let config = config::find(view).await?.ok_or_else(|| Fault::invalid("could not load configuration"))?;
    let mut name = input.string("role")?.unwrap_or_default().to_lowercase();
    if name.is_empty() {
        name.clone_from(&config.default_role);
    }
    if name.is_empty() {
        return Err(Fault::invalid("missing role"));
    }
    let role = ROLES.find(view, &name).await?.ok_or_else(|| no_role(&name))?;
    if role.kind == RoleKind::Oidc {
        return Err(Fault::invalid("role with oidc role_type is not allowed"));
    }
    let token = input.string("jwt")?.unwrap_or_default();
    if token.is_empty() {
        return Err(Fault::invalid("missing token"));
    }
    let address = request.call.peer.address;
    if !cidr::admits(&role.token.bound_cidrs, address) {
        return Err(Fault::permission_denied());
    }
    let claims = verified(method, &config, &role, &token, request.now)
        .await
        .map_err(|e| Fault::invalid(format!("error validating token: {e}")))?;
    let claims_audience = claims.audiences().is_ok_and(|audiences| !audiences.is_empty());
    if claims_audience && role.bound_audiences.as_ref().is_none_or(Vec::is_empty) {
        return Err(Fault::invalid("audience claim found in JWT but no audiences bound to the role"));
    }
    let Identity { name: user, metadata, groups } = identity::of_claims(&role, &name, &claims)?;
    if let Some(bound) = &role.bound_claims {
        bound::check(bound, role.bound_claims_type, &claims)
            .map_err(|e| Fault::invalid(format!("error validating claims: {e}")))?;
    }
    let grant = role.token.grant(&role.token.bound_cidrs, address)?;
    Ok(Reply::grant(LoginGrant {
        policies: policies(&role, &claims)?,
        display_name: user.clone(),
        alias: user,
        alias_metadata: metadata.clone(),
        metadata,
        group_aliases: groups,
        subject: name,
        ..grant
    }))
}

/// What the token says, if the issuer has signed it and it is good for the role.
async fn verified(
    method: &Jwt,
    config: &Config,
    role: &Role,
    text: &str,
    now: Timestamp,
) -> Result<Claims, TokenError> {
    let token = Token::parse(text, &config.algorithms())?;
    let claims = match config.source().map_err(|_| TokenError::NoKeys)? {
        Source::Fixed(keys) => token.verify(&KeySet::of_keys(keys))?,
        Source::Remote(origin) => method.remote.verify(&token, &origin, now).await?,
    };
    let named = |text: &'_ String| !text.is_empty();
    let expected = Expected {
        issuer: Some(&config.bound_issuer).filter(|t| named(t)).map(String::as_str),
        subject: Some(&role.bound_subject).filter(|t| named(t)).map(String::as_str),
        audiences: role.bound_audiences.as_deref().unwrap_or_default(),
        leeways: role.leeways,
        times: Times::Required,
    };
    claims.check(&expected, now.nanos() / 1_000_000_000)?;
    Ok(claims)
}

/// The policies of the role, with the claims that they name. One that comes out empty is left out.
fn policies(role: &Role, claims: &Claims) -> Result<Vec<String>, Fault> {
    if !role.policies_name_claims {
        return Ok(role.token.policies.clone());
    }
    let mut filled = Vec::new();
    for (i, policy) in role.token.policies.iter().enumerate() {
        let name = Template::parse(policy).and_then(|t| t.fill(claims));
        filled.push(name.map_err(|e| Fault::invalid(format!("failed to template policy [{i}]: {e}")))?);
    }
    filled.retain(|name| !name.is_empty());
    Ok(filled)
}

/// A role that was removed in the meantime gives no token.
pub(super) fn redeem(_: &Jwt, grant: &LoginGrant, _: Timestamp, tx: &mut dyn ViewTx) -> Result<(), Fault> {
    ROLES.find_in(tx, &grant.subject)?.map(|_| ()).ok_or_else(|| no_role(&grant.subject))
}

/// A renewal goes by the times of the role as it is at present.
pub(super) async fn renew(_: &Jwt, renewal: Renewal<'_>) -> Result<LoginTimes, Fault> {
    match ROLES.find(&**renewal.view, renewal.subject).await? {
        Some(role) => Ok(role.token.times()),
        None => Err(Fault::invalid(format!("role {} does not exist during renewal", renewal.subject))),
    }
}
