//! The endpoints below `sys/`.

mod audit;
mod capabilities;
mod generate_root;
mod internal_ui;
mod keys;
mod leases;
mod mount_config;
mod mount_json;
mod mounts;
mod policies;
mod rekey;
mod rekey_json;
mod routes;
mod seal;
pub(crate) mod sealed;
mod tune;
mod wrapping;

pub(crate) use self::{
    mount_json::ENGINE_VERSION,
    routes::{ROUTES, is_opened},
};
