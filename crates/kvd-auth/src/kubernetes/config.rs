//! Whom a mount asks about tokens: the record, and what a body says of it.

use crate::{
    jose::{KeySet, PublicKey},
    record,
};
use kvd_backend::Input;
use kvd_storage::{Slot, View, ViewTx};
use kvd_types::Fault;
use serde::{Deserialize, Serialize};

/// The issuer of service accounts where nothing else is said.
const USUAL_ISSUER: &str = "kubernetes/serviceaccount";

/// What is stored of the configuration.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Config {
    pub(super) host: String,
    pub(super) ca_cert: String,
    pub(super) reviewer_jwt: String,
    pub(super) pem_keys: Vec<String>,
    pub(super) issuer: String,
    pub(super) disable_iss_validation: bool,
    pub(super) disable_local_ca_jwt: bool,
    #[serde(default)]
    pub(super) annotations_as_alias_metadata: bool,
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
        let config = Self {
            host: text("kubernetes_host")?,
            ca_cert: text("kubernetes_ca_cert")?,
            reviewer_jwt: text("token_reviewer_jwt")?,
            pem_keys: input.list("pem_keys")?.unwrap_or_default(),
            issuer: text("issuer")?,
            disable_iss_validation: input.bool("disable_iss_validation")?.unwrap_or(true),
            disable_local_ca_jwt: input.bool("disable_local_ca_jwt")?.unwrap_or_default(),
            annotations_as_alias_metadata: input
                .bool("use_annotations_as_alias_metadata")?
                .unwrap_or_default(),
        };
        if config.host.is_empty() {
            return Err(Fault::invalid("no host provided"));
        }
        if config.disable_local_ca_jwt && config.ca_cert.is_empty() {
            return Err(Fault::invalid("kubernetes_ca_cert must be given when disable_local_ca_jwt is true"));
        }
        config.keys()?;
        Ok(config)
    }

    /// The keys that tokens must be signed with; none where the word of the API server is enough.
    ///
    /// # Errors
    /// When a key cannot be used.
    pub(super) fn keys(&self) -> Result<Option<KeySet>, Fault> {
        let keys = self.pem_keys.iter().map(|pem| PublicKey::of_pem(pem)).collect::<Result<Vec<_>, _>>();
        let keys = keys.map_err(|e| Fault::invalid(e.to_string()))?;
        Ok(Some(keys).filter(|keys| !keys.is_empty()).map(KeySet::of_keys))
    }

    /// The only issuer whose tokens are good, if one is asked for.
    pub(super) fn expected_issuer(&self) -> Option<&str> {
        let issuer = if self.issuer.is_empty() { USUAL_ISSUER } else { &self.issuer };
        (!self.disable_iss_validation).then_some(issuer)
    }
}
