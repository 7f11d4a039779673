//! Mounts: which engine answers below which path.

mod entry;
mod store;
mod table;
pub(crate) mod upgrade;

pub(crate) use self::{
    entry::{Family, Mount, MountConfig, MountRecord, Visibility},
    store::{MountStore, built_in, new_record, unknown_kind},
    table::MountTable,
};
