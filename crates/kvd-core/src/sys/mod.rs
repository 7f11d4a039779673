//! The endpoints below `sys/`.

mod audit;
mod audited_headers;
mod capabilities;
mod generate_root;
mod internal_ui;
mod keys;
mod mount_config;
mod mount_json;
mod mounts;
mod policies;
mod rekey;
mod rekey_json;
mod remount;
mod routes;
mod seal;
pub(crate) mod sealed;
mod tune;

pub(crate) use self::{
    mount_json::ENGINE_VERSION,
    remount::Moves,
    routes::{ROUTES, is_opened},
};
