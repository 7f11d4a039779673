//! TLS certificates: programs log in with the client certificate of their connection.
//!
//! | folder | name | holds |
//! | --- | --- | --- |
//! | | `config` | what holds for all: the [configuration](config::Config) |
//! | `cert/` | name | what is trusted, and what its owners get: the [trusted certificates](trusted::Trusted) |
//! | `crl/` | name | what was revoked: the [list](crl::Crl) |
//!
//! The handshake has proved that the caller holds the key of the certificate, and nothing else. Whether it is trusted
//! is decided here, at each login, by what is stored at that moment: nothing is kept in memory, so there is no list
//! of revoked certificates that could be forgotten at a start.

mod config;
mod constraints;
mod crl;
mod crl_endpoints;
mod login;
mod presented;
mod trusted;
mod trusted_fields;

use self::trusted::TRUSTED;
use crate::token_params::with_token_fields;
use kvd_backend::{Access, Field, FieldKind, Login, Outbound, Route, RouteTable, SecretsEngine};
use kvd_types::Operation as Op;
use std::sync::Arc;

/// A mount of this method.
struct Certificates {
    outbound: Arc<dyn Outbound>,
}

/// Builds the method of a mount, which fetches lists of revoked certificates through `outbound`.
pub(crate) fn build(outbound: Arc<dyn Outbound>) -> Arc<dyn SecretsEngine> {
    let login = Login { redeem: login::redeem, renew: |e, r| Box::pin(login::renew(e, r)) };
    kvd_backend::auth_method(Certificates { outbound }, &ROUTES, login)
}

const TRUST: &[Field] = &with_token_fields::<31>(&[
    Field::new("allowed_common_names", FieldKind::List, "Common names; stars stand for any text."),
    Field::new("allowed_dns_sans", FieldKind::List, "Alternative names of hosts."),
    Field::new("allowed_email_sans", FieldKind::List, "Alternative names of mail addresses."),
    Field::new("allowed_metadata_extensions", FieldKind::List, "OIDs of extensions that become metadata."),
    Field::new(
        "allowed_names",
        FieldKind::List,
        "Common names or alternative names of hosts or mail addresses.",
    ),
    Field::new("allowed_organizational_units", FieldKind::List, "Organizational units."),
    Field::new("allowed_uri_sans", FieldKind::List, "Alternative names that are URIs."),
    Field::new("bound_cidrs", FieldKind::List, "The old name of token_bound_cidrs."),
    Field::new("certificate", FieldKind::String, "Authorities, or the one certificate that is good, in PEM."),
    Field::new("display_name", FieldKind::String, "What tokens are called; the name by default."),
    Field::new("lease", FieldKind::Int, "An old name of token_ttl."),
    Field::new("max_ttl", FieldKind::Duration, "The old name of token_max_ttl."),
    Field::new("ocsp_ca_certificates", FieldKind::String, "The authorities of OCSP servers, in PEM."),
    Field::new(
        "ocsp_enabled",
        FieldKind::Bool,
        "Whether an OCSP server must be asked. None is asked by this server, so that nobody logs in unless \
         ocsp_fail_open is set.",
    ),
    Field::new(
        "ocsp_fail_open",
        FieldKind::Bool,
        "Whether a login is good without the word of an OCSP server.",
    ),
    Field::new("ocsp_query_all_servers", FieldKind::Bool, "Whether all OCSP servers must agree."),
    Field::new("ocsp_servers_override", FieldKind::List, "The OCSP servers."),
    Field::new("period", FieldKind::Duration, "The old name of token_period."),
    Field::new("policies", FieldKind::List, "The old name of token_policies."),
    Field::new(
        "required_extensions",
        FieldKind::List,
        "Extensions as oid:value, all of which must be there.",
    ),
    Field::new("ttl", FieldKind::Duration, "The old name of token_ttl."),
]);

const fn route(
    pattern: &'static str,
    operations: &'static [(Op, kvd_backend::Handler<Certificates>)],
    fields: &'static [Field],
    summary: &'static str,
) -> Route<Certificates> {
    Route::named(pattern, Access::Token, operations, fields, summary)
}

static ROUTES: RouteTable<Certificates> = RouteTable(&[
    Route {
        access: Access::Open,
        ..route(
            "login",
            &[(Op::Write, |e, r| Box::pin(login::login(e, r)))],
            &[Field::new(
                "name",
                FieldKind::String,
                "Which of the trusted certificates counts; any by default.",
            )],
            "Makes a token out of the client certificate of the connection.",
        )
    },
    route(
        "config",
        &[(Op::Read, |_, r| Box::pin(config::read(r))), (Op::Write, |_, r| Box::pin(config::write(r)))],
        &[
            Field::new(
                "disable_binding",
                FieldKind::Bool,
                "Renew tokens without the certificate of their login.",
            ),
            Field::new(
                "enable_identity_alias_metadata",
                FieldKind::Bool,
                "Note the metadata at the alias too.",
            ),
            Field::new("ocsp_cache_size", FieldKind::Int, "Kept for clients; no OCSP server is asked."),
        ],
        "What holds for all trusted certificates.",
    ),
    route(
        "certs",
        &[(Op::List, |_, r| Box::pin(TRUSTED.list(r)))],
        &[],
        "The names of all trusted certificates.",
    ),
    route(
        "certs/{name}",
        &[
            (Op::Read, |_, r| Box::pin(TRUSTED.read(r))),
            (Op::Write, |_, r| Box::pin(TRUSTED.write(r))),
            (Op::Delete, |_, r| Box::pin(TRUSTED.delete(r))),
        ],
        TRUST,
        "Trusted certificates, and what their owners get.",
    ),
    route("crls", &[(Op::List, |_, r| Box::pin(crl::CRLS.list(r)))], &[], "The names of all lists."),
    route(
        "crls/{name}",
        &[
            (Op::Read, |_, r| Box::pin(crl_endpoints::read(r))),
            (Op::Write, |e, r| Box::pin(crl_endpoints::write(e, r))),
            (Op::Delete, |_, r| Box::pin(crl_endpoints::delete(r))),
        ],
        &[
            Field::new("crl", FieldKind::String, "The list, in PEM or DER."),
            Field::new(
                "url",
                FieldKind::String,
                "Where the list is fetched from, again whenever it has run out.",
            ),
        ],
        "A list of revoked certificates.",
    ),
]);
