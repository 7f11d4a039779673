//! `secrets list`: what is mounted where.

use crate::{
    command::{
        Command,
        mount::{COMMON_HEADINGS, MountRow, listed},
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
    let mut rows = Vec::new();
    if context.detailed(arguments) {
        let headings = ["Path", "Plugin", "Accessor", "Default TTL", "Max TTL", "Force No Cache"];
        rows.push(headings.into_iter().chain(COMMON_HEADINGS).map(str::to_owned).collect());
        for (path, mount) in MountRow::all(&mounts) {
            let mut columns = vec![
                path.to_owned(),
                mount.text("type"),
                mount.text("accessor"),
                mount.lease_ttl("default_lease_ttl"),
                mount.lease_ttl("max_lease_ttl"),
                mount.setting("force_no_cache"),
            ];
            columns.extend(mount.common_columns());
            rows.push(columns);
        }
    } else {
        rows.push(row(["Path", "Type", "Accessor", "Description"]));
        for (path, mount) in MountRow::all(&mounts) {
            rows.push(row([path, &mount.text("type"), &mount.text("accessor"), &mount.text("description")]));
        }
    }
    context.done(table(rows))
}
