//! Policies: what tokens may do.

pub(crate) mod check;
pub(crate) mod delete;
pub(crate) mod fmt;
mod layout;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod write;

/// Policies are known by lower-case names.
fn name(argument: &str) -> String {
    argument.trim().to_lowercase()
}
