//! Whose word a mount takes: the record, and what a body says of it.

use crate::{
    jose::{Algorithm, PublicKey},
    name::shown,
    record,
};
use kvd_backend::{Input, Trust, field_error};
use kvd_storage::{Slot, View, ViewTx};
use kvd_types::Fault;
use serde::{Deserialize, Serialize};

/// What is stored of the configuration.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub(super) bound_issuer: String,
    pub(super) default_role: String,
    pub(super) jwks_ca_pem: String,
    pub(super) jwks_url: String,
    /// All that are known where none is named.
    pub(super) jwt_supported_algs: Vec<String>,
    pub(super) jwt_validation_pubkeys: Vec<String>,
    pub(super) namespace_in_state: bool,
    pub(super) oidc_client_id: String,
    pub(super) oidc_client_secret: String,
    pub(super) oidc_discovery_ca_pem: String,
    pub(super) oidc_discovery_url: String,
    pub(super) oidc_response_mode: String,
    pub(super) oidc_response_types: Vec<String>,
}

/// Where the keys of the issuer are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// In the configuration.
    Fixed(Vec<PublicKey>),
    /// Somewhere else.
    Remote(Origin),
}

/// Where keys are fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) kind: OriginKind,
    pub(super) url: String,
    pub(super) trust: Trust,
}

/// What stands behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OriginKind {
    /// The keys.
    KeySet,
    /// An issuer, below whose address stands where the keys are.
    Discovery,
}

fn slot() -> Slot<'static> {
    record::slot("", "config")
}

/// The configuration of the mount.
///
/// # Errors
/// When the store fails.
pub(super) async fn find(view: &dyn View) -> Result<Option<Config>, Fault> {
    record::read(view, slot()).await
}

/// The same within a transaction.
///
/// # Errors
/// When the store fails.
pub(super) fn find_in(tx: &mut dyn ViewTx) -> Result<Option<Config>, Fault> {
    record::read_in(tx, slot())
}

/// Stores the configuration.
///
/// # Errors
/// When the store fails.
pub(super) fn store(tx: &mut dyn ViewTx, config: &Config) -> Result<(), Fault> {
    record::write(tx, slot(), config)
}

impl Config {
    /// What a body says; what it does not name is what it is without a configuration.
    ///
    /// # Errors
    /// When a value makes no sense, by itself or beside the others.
    pub(super) fn read(input: Input<'_>) -> Result<Self, Fault> {
        let text = |name| Ok::<_, Fault>(input.string(name)?.unwrap_or_default().into_owned());
        let list = |name| Ok::<_, Fault>(input.list(name)?.unwrap_or_default());
        let config = Self {
            bound_issuer: text("bound_issuer")?,
            default_role: text("default_role")?.to_lowercase(),
            jwks_ca_pem: text("jwks_ca_pem")?,
            jwks_url: text("jwks_url")?,
            jwt_supported_algs: list("jwt_supported_algs")?,
            jwt_validation_pubkeys: list("jwt_validation_pubkeys")?,
            namespace_in_state: input.bool("namespace_in_state")?.unwrap_or(true),
            oidc_client_id: text("oidc_client_id")?,
            oidc_client_secret: text("oidc_client_secret")?,
            oidc_discovery_ca_pem: text("oidc_discovery_ca_pem")?,
            oidc_discovery_url: text("oidc_discovery_url")?,
            oidc_response_mode: text("oidc_response_mode")?,
            oidc_response_types: list("oidc_response_types")?,
        };
        config.check_source()?;
        refuse_unsupported(input)?;
        Ok(config)
    }

    fn check_source(&self) -> Result<(), Fault> {
        let sources = [
            !self.jwt_validation_pubkeys.is_empty(),
            !self.jwks_url.is_empty(),
            !self.oidc_discovery_url.is_empty(),
        ];
        if sources.into_iter().filter(|given| *given).count() != 1 {
            return Err(Fault::invalid(
                "exactly one of 'jwt_validation_pubkeys', 'jwks_url', 'jwks_pairs', 'oidc_discovery_url', or \
                 'provider_config' must be set",
            ));
        }
        if self.oidc_client_id.is_empty() != self.oidc_client_secret.is_empty() {
            return Err(Fault::invalid(
                "both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC",
            ));
        }
        if !self.oidc_client_id.is_empty() && self.oidc_discovery_url.is_empty() {
            return Err(Fault::invalid("'oidc_discovery_url' must be set for OIDC"));
        }
        if self.oidc_discovery_url.contains(".well-known/openid-configuration") {
            return Err(Fault::invalid("'oidc_discovery_url' contains '.well-known' component"));
        }
        Ok(())
    }

    /// What is checked once the source of the keys is known to be good.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub(super) fn check_rest(&self) -> Result<(), Fault> {
        if let Some(unknown) = self.jwt_supported_algs.iter().find(|name| Algorithm::parse(name).is_none()) {
            let unknown = shown(unknown);
            return Err(Fault::invalid(format!(
                "invalid jwt_supported_algs: unsupported signing algorithm {unknown:?}"
            )));
        }
        if self.oidc_response_types.iter().any(|t| t != "code" && t != "id_token") {
            let given = shown(&self.oidc_response_types.join(" "));
            return Err(Fault::invalid(format!(
                "invalid response_types [{given}]. 'code' and 'id_token' are allowed"
            )));
        }
        match self.oidc_response_mode.as_str() {
            "" | "query" if self.oidc_response_types.iter().any(|t| t == "id_token") => {
                Err(Fault::invalid("query response_mode may not be used with an id_token response_type"))
            }
            "" | "query" | "form_post" => Ok(()),
            other => Err(Fault::invalid(format!("invalid response_mode: {:?}", shown(other)))),
        }
    }

    /// Where the keys are.
    ///
    /// # Errors
    /// When a key cannot be used.
    pub(super) fn source(&self) -> Result<Source, Fault> {
        if !self.jwks_url.is_empty() {
            let (url, trust) = (self.jwks_url.clone(), Trust::of_pem(&self.jwks_ca_pem));
            return Ok(Source::Remote(Origin { kind: OriginKind::KeySet, url, trust }));
        }
        if !self.oidc_discovery_url.is_empty() {
            let (url, trust) = (self.oidc_discovery_url.clone(), Trust::of_pem(&self.oidc_discovery_ca_pem));
            return Ok(Source::Remote(Origin { kind: OriginKind::Discovery, url, trust }));
        }
        let keys = self.jwt_validation_pubkeys.iter().map(|pem| PublicKey::of_pem(pem));
        let keys = keys.collect::<Result<_, _>>();
        keys.map(Source::Fixed).map_err(|e| Fault::invalid(format!("error parsing public key: {e}")))
    }

    /// The algorithms that tokens may be signed with.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        match self.jwt_supported_algs.as_slice() {
            [] => Algorithm::ALL.to_vec(),
            names => names.iter().filter_map(|name| Algorithm::parse(name)).collect(),
        }
    }
}

/// What would change who is believed is refused, and not passed over, where it is not understood.
fn refuse_unsupported(input: Input<'_>) -> Result<(), Fault> {
    if input.list("override_allowed_server_names")?.is_some_and(|names| !names.is_empty()) {
        return Err(Fault::invalid(
            "override_allowed_server_names is not supported: certificates are checked against the host of the URL",
        ));
    }
    let Some(given) = input.raw("provider_config") else { return Ok(()) };
    let provider = given.as_object().ok_or_else(|| field_error("provider_config"))?;
    if provider.iter().next().is_none() {
        return Ok(());
    }
    let name = provider.get("provider").and_then(|name| name.as_str());
    Err(Fault::invalid(match name {
        None => "invalid provider_config: 'provider' field not found in provider_config".to_owned(),
        Some(name) => {
            format!("invalid provider_config: provider {:?} not found in custom providers", shown(&name))
        }
    }))
}
