//! `login`: from the token of a service account to a grant, and what becomes of the grant.

use super::{
    Kubernetes,
    account::Account,
    api::{Api, Reviewed},
    config::{self, Config},
    role::{AliasSource, ROLES, Role},
    selector::Selector,
};
use crate::{
    cidr,
    jose::{Algorithm, Claims, Expected, Leeways, Times, Token, TokenError},
    name::shown,
};
use kvd_backend::{Input, Renewal, Request};
use kvd_storage::ViewTx;
use kvd_types::{Fault, FaultKind, LoginGrant, LoginTimes, Reply, Timestamp};
use std::{collections::BTreeMap, slice};

/// The algorithms that API servers sign with.
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
];

/// What annotations begin with that are noted at the alias.
const ANNOTATION: &str = "vault.hashicorp.com/alias-metadata-";

fn forbidden(text: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(FaultKind::PermissionDenied, text)
}

fn no_role(name: &str) -> Fault {
    Fault::invalid(format!("invalid role name {:?}", shown(name)))
}

/// Checks what the caller shows, and asks the API server about it.
pub(super) async fn login(method: &Kubernetes, request: Request<'_>) -> Result<Reply, Fault> {
    let (input, view) = (Input::new(request.data()), &**request.view);
    let given = |name: &'static str| match input.string(name)? {
        Some(text) if !text.is_empty() => Ok(text.into_owned()),
        Some(_) | None => Err(Fault::invalid(format!("missing {name}"))),
    };
    let (name, token) = (given("role")?.to_lowercase(), given("jwt")?);
    let role = ROLES.find(view, &name).await?.ok_or_else(|| no_role(&name))?;
    let address = request.call.peer.address;
    if !cidr::admits(&role.token.bound_cidrs, address) {
        return Err(Fault::permission_denied());
    }
    let config = config::find(view).await?;
    let config = config.ok_or_else(|| Fault::invalid("could not load backend configuration"))?;
    let claims = claims(&config, &role, &token, request.now).map_err(|e| {
        if e.is_about_signature() { Fault::permission_denied() } else { forbidden(e.to_string()) }
    })?;
    let account = Account::of_claims(&claims);
    check_bounds(&role, &account)?;
    let api = Api::new(method, &config).await?;
    let audiences = match role.audience.as_str() {
        "" => claims.audiences().unwrap_or_default().into_iter().map(|a| a.into_owned()).collect(),
        _ => vec![role.audience.clone()],
    };
    let metadata = vouched_for(&api, &config, &role, &account, &token, &audiences).await.map_err(|why| {
        // The reason is for whoever runs the server; the caller learns nothing of whom we ask.
        tracing::debug!(why, "a login was refused");
        if why == NAMESPACE { forbidden(NAMESPACE) } else { Fault::permission_denied() }
    })?;
    let grant = role.token.grant(&role.token.bound_cidrs, address)?;
    Ok(Reply::grant(of_account(grant, &role, name, account, metadata)))
}

/// What the token says, if it is good for the role. Where no keys are configured its signature is left to the API
/// server, which is asked in any case.
fn claims(config: &Config, role: &Role, text: &str, now: Timestamp) -> Result<Claims, TokenError> {
    let token = Token::parse(text, &ALGORITHMS)?;
    let claims = match config.keys().map_err(|_| TokenError::NoKeys)? {
        Some(keys) => token.verify(&keys)?,
        None => token.unverified()?,
    };
    let expected = Expected {
        issuer: config.expected_issuer(),
        subject: None,
        audiences: if role.audience.is_empty() { &[] } else { slice::from_ref(&role.audience) },
        leeways: Leeways::default(),
        // Tokens that lie in secrets have no end.
        times: Times::Optional,
    };
    claims.check(&expected, now.nanos() / 1_000_000_000)?;
    Ok(claims)
}

const NAMESPACE: &str = "namespace not authorized";

fn check_bounds(role: &Role, account: &Account) -> Result<(), Fault> {
    if !role.admits_name(&account.name) {
        return Err(forbidden("service account name not authorized"));
    }
    // What only labels can decide is left until the API server has vouched for the token.
    if !role.admits_namespace(&account.namespace) && role.namespace_selector.is_empty() {
        return Err(forbidden(NAMESPACE));
    }
    if account.uid.is_empty() {
        return Err(forbidden("could not parse UID from claims"));
    }
    Ok(())
}

/// Asks the API server whether all is as the token says, and gives what is noted at the alias besides.
async fn vouched_for(
    api: &Api<'_>,
    config: &Config,
    role: &Role,
    account: &Account,
    token: &str,
    audiences: &[String],
) -> Result<BTreeMap<String, String>, &'static str> {
    let reviewed = api.review(token, audiences).await?;
    let Reviewed { name, namespace, uid } = &reviewed;
    if (name, namespace, uid) != (&account.name, &account.namespace, &account.uid) {
        return Err("the API server names another service account than the token");
    }
    if !role.admits_namespace(namespace) {
        let selector = Selector::parse(&role.namespace_selector).ok_or(NAMESPACE)?;
        let labels = api.labels(namespace).await.map_err(|why| {
            tracing::debug!(why, "the labels of a namespace are not known");
            NAMESPACE
        })?;
        if !selector.selects(&labels) {
            return Err(NAMESPACE);
        }
    }
    if !config.annotations_as_alias_metadata {
        return Ok(BTreeMap::new());
    }
    let annotations = api.annotations(&reviewed).await?.into_iter();
    Ok(annotations
        .filter_map(|(key, value)| Some((key.strip_prefix(ANNOTATION)?.to_owned(), value)))
        .collect())
}

fn of_account(
    grant: LoginGrant,
    role: &Role,
    role_name: String,
    account: Account,
    mut alias_metadata: BTreeMap<String, String>,
) -> LoginGrant {
    let Account { name, namespace, uid, secret_name } = account;
    let alias = match role.alias_source {
        AliasSource::Uid => uid.clone(),
        AliasSource::Name => format!("{namespace}/{name}"),
    };
    let display_name = format!("{namespace}-{name}");
    let mut metadata = BTreeMap::from([
        ("service_account_name".to_owned(), name),
        ("service_account_namespace".to_owned(), namespace),
        ("service_account_secret_name".to_owned(), secret_name),
        ("service_account_uid".to_owned(), uid),
    ]);
    // What the server itself has found out counts more than what an annotation says.
    alias_metadata.extend(metadata.clone());
    metadata.insert("role".to_owned(), role_name.clone());
    LoginGrant { display_name, alias, alias_metadata, metadata, subject: role_name, ..grant }
}

/// A role that was removed in the meantime gives no token.
pub(super) fn redeem(
    _: &Kubernetes,
    grant: &LoginGrant,
    _: Timestamp,
    tx: &mut dyn ViewTx,
) -> Result<(), Fault> {
    ROLES.find_in(tx, &grant.subject)?.map(|_| ()).ok_or_else(|| no_role(&grant.subject))
}

/// A renewal goes by the times of the role as it is at present.
pub(super) async fn renew(_: &Kubernetes, renewal: Renewal<'_>) -> Result<LoginTimes, Fault> {
    match ROLES.find(&**renewal.view, renewal.subject).await? {
        Some(role) => Ok(role.token.times()),
        None => Err(Fault::invalid(format!("role {} does not exist during renewal", renewal.subject))),
    }
}
