//! Secrets engines: where they are mounted and how they are set up.

pub(crate) mod disable;
pub(crate) mod enable;
pub(crate) mod list;
pub(crate) mod move_mount;
pub(crate) mod tune;
