//! The secrets engines: one folder and one line each.
//!
//! To add one, follow the recipe on the front page of [`kvd_backend`]. What engines share stands beside their
//! folders: reading a record (`fetch`), binary records (`codec`), the path of a secret (`key`), listings
//! (`listing`), and trees of plain values (`plain`).

mod codec;
mod cubbyhole;
mod fetch;
mod key;
mod kv1;
mod kv2;
mod listing;
mod plain;
#[cfg(test)]
mod testing;

use kvd_backend::{MountOptions, Registry, SecretsEngine};
use kvd_types::{Fault, SystemClock};
use std::sync::Arc;

/// Makes the engines known.
pub fn register(registry: &mut Registry) {
    registry
        .secrets("kv", kv)
        .secrets("kv-v1", kv1::build)
        .secrets("kv-v2", kv2::build)
        .secrets("generic", kv1::build)
        .secrets("cubbyhole", cubbyhole::build)
        .upgrade("kv", Arc::new(kv2::Upgrader { clock: Arc::new(SystemClock) }));
}

/// The engine of type `kv`, of the version that the options ask for; 1 when they do not.
fn kv(options: &MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> {
    match options.get("version").map_or("", String::as_str) {
        "" | "1" => kv1::build(options),
        "2" => kv2::build(options),
        _ => Err(Fault::invalid("unknown version of kv: only 1 and 2 are known")),
    }
}
