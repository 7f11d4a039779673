//! Where the records of a mount lie.
//!
//! A secret's head lies at its own path, so that listing a folder opens heads and nothing else; its pages lie
//! beside it as versions of the same record. Bodies have a table of their own. The mount's own records lie in a
//! folder that no path can name, since no path has an empty segment.

use kvd_storage::{Slot, Table};

/// The folder of the mount's own records.
const OWN: &str = "/";

/// The head of the secret at `key`.
pub(crate) fn head(key: &str) -> Slot<'_> {
    Slot::at(Table::Heads, key)
}

/// A page of its older versions.
pub(super) fn page(key: &str, page: u64) -> Slot<'_> {
    head(key).version(page.saturating_add(1))
}

/// The body of one of its versions. Version 1 mounts keep their only one under number 1, which saves an upgrade
/// from moving any.
pub(crate) fn body(key: &str, version: u64) -> Slot<'_> {
    Slot::at(Table::Bodies, key).version(version)
}

/// The settings of the mount.
pub(super) const SETTINGS: Slot<'static> =
    Slot { table: Table::Heads, folder: OWN, name: "settings", version: 0 };

/// Says that all records of the mount are those of version 2.
pub(super) const UPGRADED: Slot<'static> =
    Slot { table: Table::Heads, folder: OWN, name: "upgraded", version: 0 };
