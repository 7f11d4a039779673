//! `auth/token/create` and `create-orphan`.

use super::{
    entry::TokenState,
    lifetime::{self, Bounds, Wish},
    store::NewToken,
};
use crate::{
    house::House,
    policy::{DEFAULT, RESPONSE_WRAPPING, ROOT},
};
use kvd_backend::{Input, Request, field_error};
use kvd_policy::PolicyName;
use kvd_types::{AuthInfo, Fault, Reply, Secret, Timestamp, TokenKind};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A child of the caller's token.
pub(super) async fn child(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    create(house, request, false).await
}

/// A token without a parent; who may call this needs no sudo for it.
pub(super) async fn orphan(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    create(house, request, true).await
}

/// What a body asks for, read and checked.
struct Asked {
    id: Option<String>,
    policies: Option<Vec<String>>,
    meta: Option<BTreeMap<String, String>>,
    no_parent: bool,
    no_default_policy: bool,
    renewable: bool,
    display_name: String,
    num_uses: u64,
    wish: Wish,
    entity_alias: bool,
    kind: TokenKind,
}

impl Asked {
    fn read(input: Input<'_>) -> Result<Self, Fault> {
        let positive = |name: &str, text: &'static str| -> Result<Duration, Fault> {
            match input.signed_duration(name)? {
                Some(n) if n < 0 => Err(Fault::invalid(text)),
                Some(n) => Ok(Duration::from_secs(u64::try_from(n / 1_000_000_000).unwrap_or_default())),
                None => Ok(Duration::ZERO),
            }
        };
        let mut ttl = positive("ttl", "ttl must be positive")?;
        if ttl.is_zero() {
            ttl = positive("lease", "lease must be positive")?;
        }
        let num_uses = input.int("num_uses")?.unwrap_or(0);
        Ok(Self {
            id: input.string("id")?.map(|s| s.into_owned()).filter(|s| !s.is_empty()),
            policies: input.list("policies")?.filter(|p| !p.is_empty()),
            meta: metadata(input)?,
            no_parent: input.bool("no_parent")?.unwrap_or(false),
            no_default_policy: input.bool("no_default_policy")?.unwrap_or(false),
            renewable: input.bool("renewable")?.unwrap_or(true),
            display_name: input.string("display_name")?.unwrap_or_default().into_owned(),
            num_uses: u64::try_from(num_uses)
                .map_err(|_| Fault::invalid("number of uses cannot be negative"))?,
            wish: Wish {
                ttl,
                period: positive("period", "period must be positive")?,
                explicit_max: positive("explicit_max_ttl", "explicit_max_ttl must be positive")?,
            },
            entity_alias: input.string("entity_alias")?.is_some_and(|a| !a.is_empty()),
            kind: match input.string("type")?.as_deref() {
                None | Some("" | "service" | "default" | "default-service") => TokenKind::Service,
                Some("batch" | "default-batch") => TokenKind::Batch,
                Some(_) => return Err(Fault::invalid("invalid 'token_type' value")),
            },
        })
    }
}

/// A map of texts, or one text with `key=value`.
fn metadata(input: Input<'_>) -> Result<Option<BTreeMap<String, String>>, Fault> {
    let field = if input.raw("metadata").is_some() { "metadata" } else { "meta" };
    match input.raw(field).and_then(|v| v.as_str()) {
        None => input.map(field),
        Some(text) => text
            .split(',')
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned())))
            .collect::<Option<BTreeMap<_, _>>>()
            .map(|map| Some(map).filter(|m| !m.is_empty()))
            .ok_or_else(|| field_error(field)),
    }
}

async fn create(house: &House, request: Request<'_>, orphan: bool) -> Result<Reply, Fault> {
    let parent = house.token()?;
    if parent.entry.num_uses > 0 {
        return Err(Fault::invalid("restricted use token cannot generate child tokens"));
    }
    let asked = Asked::read(Input::new(request.data()))?;
    refuse_what_only_roles_allow(&asked)?;
    let sudo = house.has_sudo(request).await?;
    refuse_without_sudo(&asked, sudo)?;
    check_id(asked.id.as_deref())?;
    if asked.kind == TokenKind::Batch {
        refuse_in_batch(&asked)?;
    }
    let policies = policies(&asked, parent, sudo)?;
    let mut warnings = Vec::new();
    let lifetime = granted_time(&asked, &policies, parent, request, &mut warnings)?;
    warn_of_missing_policies(house, &policies, &mut warnings).await?;
    if asked.id.is_some() {
        warnings.push("Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.".to_owned());
    }
    let has_parent = !(orphan || asked.no_parent);
    let new = NewToken {
        id: asked.id.map(Secret::new),
        policies,
        path: request.call.path.to_string(),
        meta: asked.meta,
        display_name: display_name(&asked.display_name),
        num_uses: asked.num_uses,
        ttl: lifetime,
        explicit_max: asked.wish.explicit_max,
        period: asked.wish.period,
        renewable: asked.renewable && lifetime.is_some(),
        parent: has_parent.then_some(parent.hash),
        // A child is bound to where its parent is bound to.
        bound_cidrs: parent.entry.bound_cidrs.clone(),
        role: None,
        from_init: false,
    };
    let (token, state) = house.unsealed.tokens.create(&**request.entropy, request.now, new).await?;
    let mut reply = Reply::auth(auth_info(Some(token), &state, request.now));
    reply.warnings.extend(warnings.into_iter().map(Into::into));
    Ok(reply)
}

fn refuse_what_only_roles_allow(asked: &Asked) -> Result<(), Fault> {
    if asked.entity_alias {
        return Err(Fault::invalid("'entity_alias' is only allowed in combination with token role"));
    }
    Ok(())
}

fn refuse_without_sudo(asked: &Asked, sudo: bool) -> Result<(), Fault> {
    let refusal = match asked {
        _ if sudo => return Ok(()),
        Asked { id: Some(_), .. } => "root or sudo privileges required to specify token id",
        Asked { no_parent: true, .. } => "root or sudo privileges required to create orphan token",
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
    if id.starts_with("s.") {
        return Err(Fault::invalid("custom token ID cannot have the 's.' prefix"));
    }
    if id.contains('.') {
        return Err(Fault::invalid("custom token ID cannot have a '.' in the value"));
    }
    Ok(())
}

fn refuse_in_batch(asked: &Asked) -> Result<(), Fault> {
    let what = match asked {
        Asked { num_uses: 1.., .. } => "num_uses",
        Asked { wish, .. } if !wish.period.is_zero() => "period",
        Asked { wish, .. } if !wish.explicit_max.is_zero() => "explicit_max_ttl",
        Asked { id: Some(_), .. } => "id",
        _ => return Ok(()),
    };
    Err(Fault::invalid(format!("batch tokens cannot have {what:?} set")))
}

/// The policies of the new token: those asked for, within what the parent may give.
fn policies(asked: &Asked, parent: &Arc<TokenState>, sudo: bool) -> Result<Vec<String>, Fault> {
    let parents = &parent.entry.policies;
    let inherits = asked.policies.is_none();
    let mut policies = normalized(asked.policies.as_ref().unwrap_or(parents));
    if !inherits && !sudo && !policies.iter().all(|p| parents.contains(p)) {
        return Err(Fault::invalid("child policies must be subset of parent"));
    }
    if policies.iter().any(|p| p == RESPONSE_WRAPPING) {
        return Err(Fault::invalid(format!("cannot assign policy {RESPONSE_WRAPPING:?}")));
    }
    if policies.iter().any(|p| p == ROOT) {
        if !parent.is_root() {
            return Err(Fault::invalid("root tokens may not be created without parent token being root"));
        }
        if asked.kind == TokenKind::Batch {
            return Err(Fault::invalid("batch tokens cannot be root tokens"));
        }
        return Ok(vec![ROOT.to_owned()]);
    }
    for policy in &policies {
        PolicyName::parse(policy).map_err(|e| Fault::invalid(e.to_string()))?;
    }
    policies.retain(|p| !(asked.no_default_policy && p == DEFAULT));
    let may_add_default = sudo || parents.iter().any(|p| p == DEFAULT);
    if !asked.no_default_policy && may_add_default && !policies.iter().any(|p| p == DEFAULT) {
        policies.push(DEFAULT.to_owned());
        policies.sort();
    }
    Ok(policies)
}

/// Trimmed, lower case, sorted, without doubles.
pub(super) fn normalized(names: &[String]) -> Vec<String> {
    let mut names: Vec<String> =
        names.iter().map(|n| n.trim().to_lowercase()).filter(|n| !n.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

/// The time that the token gets; none for a root token without an end.
fn granted_time(
    asked: &Asked,
    policies: &[String],
    parent: &TokenState,
    request: Request<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Duration>, Fault> {
    let mut wish = asked.wish;
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
pub(super) fn auth_info(token: Option<Secret<String>>, state: &TokenState, now: Timestamp) -> AuthInfo {
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
        kind: state.kind,
        orphan: entry.parent.is_none(),
        num_uses: entry.num_uses,
    }
}
