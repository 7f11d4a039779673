//! `auth list`: which auth methods there are.

use crate::{
    command::{
        Command,
        mount::{MountRow, detailed_rows, listed},
    },
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    output::columns::{row, table},
};

pub(crate) static COMMAND: Command = Command {
    path: "auth list",
    arguments: "[options]",
    synopsis: "List enabled auth methods",
    details: "Lists the auth methods and where they are mounted:\n\n    \
              $ {program} auth list\n    \
              $ {program} auth list -detailed",
    flags: &[&common::OUTPUT_DETAILED],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mounts =
        listed(&client, "sys/auth").map_err(Failure::doing("Error listing enabled authentications"))?;
    if context.screen.document(&mounts)? {
        return Ok(SUCCESS);
    }
    if context.detailed(arguments) {
        return context.done(table(detailed_rows(&mounts, ("Token Type", "token_type"))));
    }
    let mut rows = vec![row(["Path", "Type", "Accessor", "Description", "Version"])];
    for (path, mount) in MountRow::all(&mounts) {
        rows.push(row([
            path,
            &mount.text("type"),
            &mount.text("accessor"),
            &mount.text("description"),
            &mount.text("plugin_version"),
        ]));
    }
    context.done(table(rows))
}
