//! The endpoints below `sys/`.

mod audit;
mod capabilities;
mod internal_ui;
mod mount_config;
mod mount_json;
mod mounts;
mod policies;
mod routes;
mod seal;
pub(crate) mod sealed;
mod tune;

pub(crate) use self::{mount_json::ENGINE_VERSION, routes::ROUTES};
