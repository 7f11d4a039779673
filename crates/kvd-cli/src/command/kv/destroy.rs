//! `kv destroy`: versions gone for good.

use super::{MOUNT, undelete::change_versions, versions::VERSIONS};
use crate::{
    command::Command,
    flags::{FlagGroup, common},
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT, VERSIONS] };

pub(crate) static COMMAND: Command = Command {
    path: "kv destroy",
    arguments: "[options] KEY",
    synopsis: "Permanently remove versions in the store",
    details: "Removes the data of versions for good:\n\n    \
              $ {program} kv destroy -mount=secret -versions=11 foo",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run: |context, arguments| change_versions(context, arguments, "destroy", "Destroy"),
};
