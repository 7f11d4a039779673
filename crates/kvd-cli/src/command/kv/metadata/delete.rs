//! `kv metadata delete`: a secret with all its versions.

use super::{MOUNT, locate};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, FlagGroup},
    output::print_secret,
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT] };

pub(crate) static COMMAND: Command = Command {
    path: "kv metadata delete",
    arguments: "[options] KEY",
    synopsis: "Delete all versions and the metadata of a secret",
    details: "Removes a secret, all its versions and everything known about it, for good:\n\n    \
              $ {program} kv metadata delete -mount=secret foo",
    flags: &[&FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (client, path) = locate(context, arguments)?;
    match client.delete(&path, &[]).map_err(Failure::doing(format!("Error deleting {path}")))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => context.screen.success(format!("Success! Data deleted (if it existed) at: {path}")),
    }
}
