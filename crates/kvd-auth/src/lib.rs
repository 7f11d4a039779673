//! The auth methods: one folder and one line each.
//!
//! To add one, follow the recipe on the front page of [`kvd_backend`]. What methods share stands beside their
//! folders: the fields that shape a token (`token_params`), blocks of addresses (`cidr`), names (`name`) and
//! records by name (`named`), patterns (`glob`), signed tokens of others (`jose`), and records in the store (`record`).

mod approle;
mod cert;
mod cidr;
mod glob;
mod jose;
mod jwt;
mod kubernetes;
mod name;
mod named;
mod record;
mod token_params;
mod userpass;

use kvd_backend::{Outbound, Registry};
use std::sync::Arc;

/// Makes the auth methods known; those that have to ask somebody outside do so through `outbound`.
pub fn register(registry: &mut Registry, outbound: &Arc<dyn Outbound>) {
    let [to_issuers, to_clusters, to_lists] = [(); 3].map(|()| Arc::clone(outbound));
    registry
        .auth("approle", approle::build)
        .auth("cert", move |_| Ok(cert::build(Arc::clone(&to_lists))))
        .auth("jwt", move |_| Ok(jwt::build(Arc::clone(&to_issuers))))
        .auth("kubernetes", move |_| Ok(kubernetes::build(Arc::clone(&to_clusters))))
        .auth("userpass", userpass::build);
}
