//! Namespaces: servers within the server.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod lookup;
pub(crate) mod patch;
