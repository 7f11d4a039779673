//! The key-value store: one vocabulary for both of its versions.

pub(crate) mod copy;
pub(crate) mod delete;
pub(crate) mod destroy;
pub(crate) mod diff;
pub(crate) mod edit;
pub(crate) mod enable_versioning;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod patch;
pub(crate) mod put;
pub(crate) mod rollback;
pub(crate) mod scan;
mod target;
pub(crate) mod tree;
pub(crate) mod undelete;
mod versions;
mod written;

use crate::flags::Flag;

pub(crate) use target::{Target, Version};

/// The flag that names the mount, so that it need not be guessed from the path.
const MOUNT: Flag = Flag::text(
    "mount",
    "The path of the mount. The argument is then the path of the secret within it; without the flag it holds both.",
);
