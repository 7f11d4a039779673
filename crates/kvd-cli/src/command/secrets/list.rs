//! `secrets list`: what is mounted where.

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
    path: "secrets list",
    arguments: "[options]",
    synopsis: "List enabled secrets engines",
    details: "Lists the secrets engines and where they are mounted:\n\n    \
              $ {program} secrets list\n    \
              $ {program} secrets list -detailed",
    flags: &[&common::OUTPUT_DETAILED],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mounts = listed(&client, "sys/mounts").map_err(Failure::doing("Error listing secrets engines"))?;
    if context.screen.document(&mounts)? {
        return Ok(SUCCESS);
    }
    if context.detailed(arguments) {
        return context.done(table(detailed_rows(&mounts, ("Force No Cache", "force_no_cache"))));
    }
    let mut rows = vec![row(["Path", "Type", "Accessor", "Description"])];
    for (path, mount) in MountRow::all(&mounts) {
        rows.push(row([path, &mount.text("type"), &mount.text("accessor"), &mount.text("description")]));
    }
    context.done(table(rows))
}
