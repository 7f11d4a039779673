//! `delete`: what is at a path.

use crate::{
    command::{Command, trimmed},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
    input::pairs,
};

pub(crate) static COMMAND: Command = Command {
    path: "delete",
    arguments: "[options] PATH [PARAMETERS]",
    synopsis: "Delete secrets and configuration",
    details: "Deletes what is at a path of any engine. Parameters go into the URL:\n\n    \
              $ {program} delete auth/userpass/users/bob",
    flags: &[&common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (argument, pairs) = arguments.first_and_rest("at least 1")?;
    let client = context.client(arguments)?;
    let path = trimmed(argument);
    let query = pairs::parse_parameters(&mut context.input, pairs)
        .map_err(|why| Failure::usage(format!("Failed to parse string list data: {why}")))?;
    match client.delete(path, &query).map_err(Failure::doing(format!("Error deleting {path}")))? {
        Some(secret) => context.show(arguments, &secret),
        None => context.screen.success(format!("Success! Data deleted (if it existed) at: {path}")),
    }
}
