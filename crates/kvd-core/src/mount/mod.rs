//! Mounts: which engine answers below which path.

mod entry;
mod store;
mod table;
pub(crate) mod upgrade;

pub(crate) use self::{
    entry::{Family, LockoutConfig, Mount, MountConfig, MountRecord, Target, Visibility},
    store::{MountStore, built_in, is_mounted, new_record, unknown_kind},
    table::MountTable,
};
