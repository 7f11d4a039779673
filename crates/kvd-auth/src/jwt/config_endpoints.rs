//! `config`: whose word is taken. A write replaces everything, and is refused while the issuer cannot be asked.

use super::{
    Jwt,
    config::{self, Config, OriginKind, Source},
};
use crate::jose::KeySet;
use kvd_backend::{Input, OutboundError, Request};
use kvd_storage::transact;
use kvd_types::{Fault, Reply};

/// The configuration, but for the password of this server at the issuer.
pub(super) async fn read(method: &Jwt, request: Request<'_>) -> Result<Reply, Fault> {
    let config = config::find(&**request.view).await?.ok_or_else(Fault::absent)?;
    let unreachable = match config.source()? {
        Source::Remote(origin) if origin.kind == OriginKind::Discovery => {
            method.remote.keys(&origin, request.now).await.is_err()
        }
        Source::Remote(_) | Source::Fixed(_) => false,
    };
    let reply = Reply::object(|w| {
        let texts = [
            ("bound_issuer", &config.bound_issuer),
            ("default_role", &config.default_role),
            ("jwks_ca_pem", &config.jwks_ca_pem),
            ("jwks_url", &config.jwks_url),
            ("oidc_client_id", &config.oidc_client_id),
            ("oidc_discovery_ca_pem", &config.oidc_discovery_ca_pem),
            ("oidc_discovery_url", &config.oidc_discovery_url),
            ("oidc_response_mode", &config.oidc_response_mode),
        ];
        for (name, text) in texts {
            w.key(name);
            w.string(text);
        }
        let lists = [
            ("jwt_supported_algs", config.jwt_supported_algs.as_slice()),
            ("jwt_validation_pubkeys", &config.jwt_validation_pubkeys),
            ("oidc_response_types", &config.oidc_response_types),
            ("override_allowed_server_names", &[]),
        ];
        for (name, list) in lists {
            w.key(name);
            w.strings(list);
        }
        w.key("namespace_in_state");
        w.bool(config.namespace_in_state);
        w.key("provider_config");
        w.begin_object();
        w.end_object();
        w.key("status");
        w.string(if unreachable { "invalid" } else { "valid" });
    });
    Ok(if unreachable {
        reply.warn("failed to construct JWK validator: the issuer cannot be asked")
    } else {
        reply
    })
}

/// Takes a configuration whose keys can be had.
pub(super) async fn write(method: &Jwt, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let config = Config::read(input)?;
    let source = config.source()?;
    let tolerant = input.bool("skip_jwks_validation")?.unwrap_or_default();
    let warning = check(method, &source, tolerant).await?;
    config.check_rest()?;
    let keeps_namespace = !input.has("namespace_in_state");
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let mut config = config.clone();
        if let Some(old) = config::find_in(tx)?.filter(|_| keeps_namespace) {
            config.namespace_in_state = old.namespace_in_state;
        }
        config::store(tx, &config)
    })
    .await?;
    Ok(warning.into_iter().fold(Reply::empty(), Reply::warn))
}

/// Asks for the keys, without keeping them.
async fn check(method: &Jwt, source: &Source, tolerant: bool) -> Result<Option<&'static str>, Fault> {
    let Source::Remote(origin) = source else { return Ok(None) };
    let text = match (method.remote.fetch(origin).await, origin.kind) {
        (Ok(KeySet { .. }), _) => return Ok(None),
        (Err(Some(OutboundError::Authorities)), OriginKind::KeySet) => {
            return Err(Fault::invalid("error checking jwks_ca_pem"));
        }
        (Err(_), OriginKind::KeySet) => "error checking jwks URL",
        (Err(_), OriginKind::Discovery) => "error checking oidc discovery URL",
    };
    if tolerant { Ok(Some(text)) } else { Err(Fault::invalid(text)) }
}
