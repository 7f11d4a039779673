//! Audit devices: where every request and response is recorded.

pub(crate) mod disable;
pub(crate) mod enable;
pub(crate) mod list;
pub(crate) mod verify;
