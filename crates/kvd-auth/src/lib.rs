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

use kvd_backend::Registry;

/// Makes the auth methods known.
pub fn register(registry: &mut Registry) {
    registry.auth("approle", approle::build).auth("userpass", userpass::build);
}
