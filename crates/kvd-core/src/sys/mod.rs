//! The endpoints below `sys/`.

mod audit;
mod audited_headers;
mod capabilities;
mod cors;
mod generate_root;
mod host_info;
mod in_flight;
mod internal_ui;
mod keys;
mod leases;
mod loggers;
pub(crate) mod metrics;
mod mount_config;
mod mount_json;
mod mounts;
pub(crate) mod openapi;
mod password;
mod password_policies;
mod plugins;
mod policies;
mod policy_check;
mod quotas;
mod raft;
mod rekey;
mod rekey_json;
mod remount;
mod resultant_acl;
mod routes;
mod seal;
pub(crate) mod sealed;
mod status;
mod tools;
mod tune;
mod ui_headers;
mod version_history;
mod wrapping;

pub use self::cors::CorsSettings;
pub(crate) use self::{
    mount_json::ENGINE_VERSION,
    remount::Moves,
    routes::{ROUTES, is_opened},
    ui_headers::UiHeaders,
    version_history::VersionHistory,
};
