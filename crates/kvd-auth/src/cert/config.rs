//! `config`: what holds for all trusted certificates of a mount. A write changes what it names.

use crate::record;
use kvd_backend::{Input, Request};
use kvd_storage::{Slot, View, transact};
use kvd_types::{Fault, Reply};
use serde::{Deserialize, Serialize};

/// What is stored of the configuration.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub(super) disable_binding: bool,
    pub(super) enable_identity_alias_metadata: bool,
    ocsp_cache_size: i64,
}

/// What Vault takes for the size of its cache.
const CACHE_SIZES: std::ops::RangeInclusive<i64> = 2..=100_000;

fn slot() -> Slot<'static> {
    record::slot("", "config")
}

/// The configuration of the mount; where none was written, that of a new one.
///
/// # Errors
/// When the store fails.
pub(super) async fn find(view: &dyn View) -> Result<Config, Fault> {
    Ok(record::read(view, slot()).await?.unwrap_or_default())
}

/// The whole configuration.
pub(super) async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    let config = find(&**request.view).await?;
    Ok(Reply::object(|w| {
        w.key("disable_binding");
        w.bool(config.disable_binding);
        w.key("enable_identity_alias_metadata");
        w.bool(config.enable_identity_alias_metadata);
        w.key("ocsp_cache_size");
        w.int(config.ocsp_cache_size);
    }))
}

/// Changes what the body names.
pub(super) async fn write(request: Request<'_>) -> Result<Reply, Fault> {
    let body = request.data().clone();
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let input = Input::new(&body);
        let mut config: Config = record::read_in(tx, slot())?.unwrap_or_default();
        if let Some(disable) = input.bool("disable_binding")? {
            config.disable_binding = disable;
        }
        if let Some(enable) = input.bool("enable_identity_alias_metadata")? {
            config.enable_identity_alias_metadata = enable;
        }
        if let Some(size) = input.int("ocsp_cache_size")? {
            if !CACHE_SIZES.contains(&size) {
                return Err(Fault::invalid("invalid cache size, must be >= 2 and <= 100000"));
            }
            config.ocsp_cache_size = size;
        }
        record::write(tx, slot(), &config)
    })
    .await?;
    Ok(Reply::empty())
}
