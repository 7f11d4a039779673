//! `kv list`: the names below a path.

use super::{MOUNT, Target};
use crate::{
    client::Client,
    command::{Command, list::show_keys, wrong_count},
    context::Context,
    failure::Failure,
    flags::{Arguments, FlagGroup, common},
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT] };

pub(crate) static COMMAND: Command = Command {
    path: "kv list",
    arguments: "[options] PATH",
    synopsis: "List data or secrets",
    details: "Lists the names below a path. Folders end in a slash:\n\n    \
              $ {program} kv list -mount=secret foo",
    flags: &[&FLAGS, &common::OUTPUT_DETAILED],
    run: |context, arguments| {
        let (client, path) = locate(context, arguments)?;
        let answer = client.list(&path, &[]).map_err(Failure::doing(format!("Error listing {path}")))?;
        show_keys(context, &path, answer)
    },
};

/// The place to list. With a mount the path may be left out.
pub(super) fn locate(context: &Context<'_>, arguments: &Arguments) -> Result<(Client, String), Failure> {
    let mount = arguments.text(&MOUNT);
    let argument = match arguments.positional.as_slice() {
        [] if !mount.is_empty() => "",
        [only] => only,
        other => return Err(wrong_count(other.is_empty(), "1", other.len())),
    };
    let client = context.client(arguments)?;
    let path = Target::resolve(&client, mount, argument)?.at("metadata");
    Ok((client, path))
}
