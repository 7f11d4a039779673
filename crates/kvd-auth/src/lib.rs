//! The auth methods: one folder and one line each.
//!
//! To add one, follow the recipe on the front page of [`kvd_backend`]. What methods share stands beside their
//! folders: the fields that shape a token (`token_params`), blocks of addresses (`cidr`), names (`name`), and records
//! in the store (`record`).

mod approle;
mod cidr;
mod name;
mod record;
mod token_params;
mod userpass;

use kvd_backend::{Outbound, Registry};
use std::sync::Arc;

/// Makes the auth methods known; those that have to ask somebody outside do so through `outbound`.
pub fn register(registry: &mut Registry, _outbound: &Arc<dyn Outbound>) {
    registry.auth("approle", approle::build).auth("userpass", userpass::build);
}
