//! Kubernetes: pods log in with the token of their service account.
//!
//! | folder | name | holds |
//! | --- | --- | --- |
//! | | `config` | whom to ask about tokens: the [configuration](config::Config) |
//! | `role/` | name of the role | the [role](role::Role) |
//!
//! A token says who it is for, and the API server says whether that is true: nobody logs in without its word, and
//! nothing of it is kept, so that a service account that is gone is gone at once. What a token says before that is
//! used for refusals only, and never becomes part of an address.

mod account;
mod api;
mod config;
mod config_endpoints;
mod login;
mod role;
mod selector;

use self::role::ROLES;
use crate::token_params::with_token_fields;
use kvd_backend::{Access, Field, FieldKind, Login, Outbound, Route, RouteTable, SecretsEngine};
use kvd_types::Operation as Op;
use std::{path::PathBuf, sync::Arc};

/// Where a pod finds the token of its own service account and the API server's authority.
const POD: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A mount of this method.
struct Kubernetes {
    outbound: Arc<dyn Outbound>,
    /// What the server has to show if it runs in a pod itself.
    pod: PathBuf,
}

/// Builds the method of a mount, which asks API servers through `outbound`.
pub(crate) fn build(outbound: Arc<dyn Outbound>) -> Arc<dyn SecretsEngine> {
    let login = Login { redeem: login::redeem, renew: |e, r| Box::pin(login::renew(e, r)) };
    kvd_backend::auth_method(Kubernetes { outbound, pod: POD.into() }, &ROUTES, login)
}

const CONFIG: &[Field] = &[
    Field::new("disable_iss_validation", FieldKind::Bool, "Whether any issuer is good; true by default."),
    Field::new(
        "disable_local_ca_jwt",
        FieldKind::Bool,
        "Whether what the pod of the server has is left alone.",
    ),
    Field::new("issuer", FieldKind::String, "The only issuer whose tokens are good."),
    Field::new("kubernetes_ca_cert", FieldKind::String, "The authorities of the API server, in PEM."),
    Field::new("kubernetes_host", FieldKind::String, "The URL of the API server."),
    Field::new("pem_keys", FieldKind::List, "Keys that tokens must be signed with, in PEM."),
    Field::new("token_reviewer_jwt", FieldKind::String, "The token that is shown to the API server."),
    Field::new(
        "use_annotations_as_alias_metadata",
        FieldKind::Bool,
        "Whether annotations of the service account are noted at the alias.",
    ),
];

const ROLE: &[Field] = &with_token_fields::<21>(&[
    Field::new("alias_name_source", FieldKind::String, "serviceaccount_uid or serviceaccount_name."),
    Field::new("audience", FieldKind::String, "Whom the token must be for."),
    Field::new("bound_cidrs", FieldKind::List, "The old name of token_bound_cidrs."),
    Field::new(
        "bound_service_account_names",
        FieldKind::List,
        "The service accounts; stars stand for any text.",
    ),
    Field::new("bound_service_account_namespace_selector", FieldKind::String, "Labels of namespaces."),
    Field::new(
        "bound_service_account_namespaces",
        FieldKind::List,
        "The namespaces; stars stand for any text.",
    ),
    Field::new("max_ttl", FieldKind::Duration, "The old name of token_max_ttl."),
    Field::new("num_uses", FieldKind::Int, "The old name of token_num_uses."),
    Field::new("period", FieldKind::Duration, "The old name of token_period."),
    Field::new("policies", FieldKind::List, "The old name of token_policies."),
    Field::new("ttl", FieldKind::Duration, "The old name of token_ttl."),
]);

const fn route(
    pattern: &'static str,
    operations: &'static [(Op, kvd_backend::Handler<Kubernetes>)],
    fields: &'static [Field],
    summary: &'static str,
) -> Route<Kubernetes> {
    Route::named(pattern, Access::Token, operations, fields, summary)
}

static ROUTES: RouteTable<Kubernetes> = RouteTable(&[
    Route {
        access: Access::Open,
        ..route(
            "login",
            &[(Op::Write, |e, r| Box::pin(login::login(e, r)))],
            &[
                Field::new("jwt", FieldKind::String, "The token of the service account."),
                Field::new("role", FieldKind::String, "The role."),
            ],
            "Makes a token out of that of a service account.",
        )
    },
    route(
        "config",
        &[
            (Op::Read, |_, r| Box::pin(config_endpoints::read(r))),
            (Op::Write, |e, r| Box::pin(config_endpoints::write(e, r))),
        ],
        CONFIG,
        "Whom to ask about tokens.",
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
            "A role: which service accounts may log in, and what they get.",
        )
    },
]);
