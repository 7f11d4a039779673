//! `kv scan`: the names below a path, at every depth.

use super::{MOUNT, list::locate};
use crate::{
    command::{Command, list::show_found},
    failure::Failure,
    flags::{FlagGroup, common},
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT] };

pub(crate) static COMMAND: Command = Command {
    path: "kv scan",
    arguments: "[options] PATH",
    synopsis: "List data or secrets recursively",
    details: "Lists the names of all secrets below a path, at every depth:\n\n    \
              $ {program} kv scan -mount=secret foo",
    flags: &[&FLAGS, &common::OUTPUT_DETAILED],
    run: |context, arguments| {
        let (client, path) = locate(context, arguments)?;
        let answer = client.scan(&path, &[]).map_err(Failure::doing(format!("Error scanning {path}")))?;
        show_found(context, &path, answer)
    },
};
