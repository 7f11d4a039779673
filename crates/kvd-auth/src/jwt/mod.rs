//! JWT: programs log in with a token that an issuer has signed, such as a CI server or a cloud.
//!
//! | folder | name | holds |
//! | --- | --- | --- |
//! | | `config` | whose word is taken: the [configuration](config::Config) |
//! | `role/` | name of the role | the [role](role::Role) |
//!
//! The keys of an issuer come from the configuration itself or from where it says. Those that were fetched are kept
//! in memory beside the address they came from ([`remote`]), for this mount alone.

mod bound;
mod config;
mod config_endpoints;
mod identity;
mod login;
mod policy_template;
mod remote;
mod role;
mod role_fields;
mod role_shown;

use self::{remote::RemoteKeys, role::ROLES};
use crate::token_params::with_token_fields;
use kvd_backend::{Access, Field, FieldKind, Login, Outbound, Route, RouteTable, SecretsEngine};
use kvd_types::Operation as Op;
use std::sync::Arc;

/// A mount of this method.
struct Jwt {
    remote: RemoteKeys,
}

/// Builds the method of a mount, which fetches keys through `outbound`.
pub(crate) fn build(outbound: Arc<dyn Outbound>) -> Arc<dyn SecretsEngine> {
    let login = Login { redeem: login::redeem, renew: |e, r| Box::pin(login::renew(e, r)) };
    kvd_backend::auth_method(Jwt { remote: RemoteKeys::new(outbound) }, &ROUTES, login)
}

const CONFIG: &[Field] = &[
    Field::new("bound_issuer", FieldKind::String, "The only issuer whose tokens are good."),
    Field::new("default_role", FieldKind::String, "The role of logins that name none."),
    Field::new("jwks_ca_pem", FieldKind::String, "The authorities of the server behind jwks_url."),
    Field::new("jwks_url", FieldKind::String, "Where the issuer publishes its keys."),
    Field::new("jwt_supported_algs", FieldKind::List, "The only algorithms that tokens may be signed with."),
    Field::new("jwt_validation_pubkeys", FieldKind::List, "The issuer's keys, in PEM."),
    Field::new(
        "namespace_in_state",
        FieldKind::Bool,
        "Whether the state of a browser login names the namespace.",
    ),
    Field::new("oidc_client_id", FieldKind::String, "The name of this server at the issuer."),
    Field::new("oidc_client_secret", FieldKind::String, "The password of this server at the issuer."),
    Field::new(
        "oidc_discovery_ca_pem",
        FieldKind::String,
        "The authorities of the server behind oidc_discovery_url.",
    ),
    Field::new("oidc_discovery_url", FieldKind::String, "The issuer, who says where its keys are."),
    Field::new("oidc_response_mode", FieldKind::String, "query or form_post."),
    Field::new("oidc_response_types", FieldKind::List, "code or id_token."),
    Field::new(
        "override_allowed_server_names",
        FieldKind::List,
        "Not supported: certificates are for the host.",
    ),
    Field::new("provider_config", FieldKind::Map, "Not supported: extensions for single providers."),
    Field::new(
        "skip_jwks_validation",
        FieldKind::Bool,
        "Accept an issuer that cannot be reached at present.",
    ),
];

const ROLE: &[Field] = &with_token_fields::<37>(&[
    Field::new("allowed_redirect_uris", FieldKind::List, "Where a browser may be sent back to."),
    Field::new("bound_audiences", FieldKind::List, "Of whom the token must be for one."),
    Field::new("bound_cidrs", FieldKind::List, "The old name of token_bound_cidrs."),
    Field::new("bound_claims", FieldKind::Map, "What the token must say."),
    Field::new("bound_claims_type", FieldKind::String, "How bound_claims are compared: string or glob."),
    Field::new("bound_subject", FieldKind::String, "Whom the token must be about."),
    Field::new("callback_mode", FieldKind::String, "How a browser login ends: client, direct or device."),
    Field::new("claim_mappings", FieldKind::Map, "Claims and the names of metadata that they become."),
    Field::new(
        "clock_skew_leeway",
        FieldKind::Duration,
        "How far the issuer's clock may be off; 60 s by default.",
    ),
    Field::new(
        "expiration_leeway",
        FieldKind::Duration,
        "How long tokens without an end are good; 150 s by default.",
    ),
    Field::new("groups_claim", FieldKind::String, "The claim with the groups of the caller."),
    Field::new(
        "max_age",
        FieldKind::Duration,
        "How long ago the user of a browser login may have logged in.",
    ),
    Field::new("max_ttl", FieldKind::Duration, "The old name of token_max_ttl."),
    Field::new(
        "not_before_leeway",
        FieldKind::Duration,
        "How long tokens without a beginning are good; 150 s.",
    ),
    Field::new("num_uses", FieldKind::Int, "The old name of token_num_uses."),
    Field::new("oauth2_metadata", FieldKind::List, "Which tokens of a browser login become metadata."),
    Field::new("oidc_disable_confirmation", FieldKind::Bool, "No page that asks for a confirmation."),
    Field::new("oidc_scopes", FieldKind::List, "What a browser login asks for."),
    Field::new("period", FieldKind::Duration, "The old name of token_period."),
    Field::new("policies", FieldKind::List, "The old name of token_policies."),
    Field::new("poll_interval", FieldKind::Int, "Seconds between two questions of a device."),
    Field::new("role_type", FieldKind::String, "jwt, or oidc for browser logins."),
    Field::new(
        "token_policies_template_claims",
        FieldKind::Bool,
        "Whether token_policies name claims in {{braces}}.",
    ),
    Field::new("ttl", FieldKind::Duration, "The old name of token_ttl."),
    Field::new("user_claim", FieldKind::String, "The claim that names the caller."),
    Field::new("user_claim_json_pointer", FieldKind::Bool, "Whether user_claim may be a JSON pointer."),
    Field::new("verbose_oidc_logging", FieldKind::Bool, "Kept for clients; tokens are never logged."),
]);

const fn route(
    pattern: &'static str,
    operations: &'static [(Op, kvd_backend::Handler<Jwt>)],
    fields: &'static [Field],
    summary: &'static str,
) -> Route<Jwt> {
    Route::named(pattern, Access::Token, operations, fields, summary)
}

static ROUTES: RouteTable<Jwt> = RouteTable(&[
    Route {
        access: Access::Open,
        ..route(
            "login",
            &[(Op::Write, |e, r| Box::pin(login::login(e, r)))],
            &[
                Field::new("jwt", FieldKind::String, "The signed token."),
                Field::new("role", FieldKind::String, "The role; that of the configuration by default."),
            ],
            "Makes a token out of one that the issuer has signed.",
        )
    },
    route(
        "config",
        &[
            (Op::Read, |e, r| Box::pin(config_endpoints::read(e, r))),
            (Op::Write, |e, r| Box::pin(config_endpoints::write(e, r))),
        ],
        CONFIG,
        "Whose word is taken.",
    ),
    route("role", &[(Op::List, |_, r| Box::pin(ROLES.list(r)))], &[], "The names of all roles."),
    Route {
        exists: Some(|_, r| Box::pin(ROLES.exists(r))),
        ..route(
            "role/{name}",
            &[
                (Op::Read, |_, r| Box::pin(ROLES.read(r))),
                (Op::Write, |_, r| Box::pin(ROLES.write(r))),
                (Op::Delete, |_, r| Box::pin(ROLES.delete(r))),
            ],
            ROLE,
            "A role: what a token must say, and what its owner gets.",
        )
    },
]);
