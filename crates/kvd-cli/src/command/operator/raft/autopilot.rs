//! `operator raft autopilot`: what a cluster thinks of its members' health, and by which rules.

use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    output::print_data,
};

pub(crate) static STATE: Command = Command {
    path: "operator raft autopilot state",
    arguments: "[options]",
    synopsis: "Display the state of the Raft cluster",
    details: "Shows the health of the members, as autopilot sees it:\n\n    \
              $ {program} operator raft autopilot state",
    flags: &[&common::OUTPUT_FORMAT],
    run: |context, arguments| show(context, arguments, "state", "Error checking autopilot state"),
};

pub(crate) static GET_CONFIG: Command = Command {
    path: "operator raft autopilot get-config",
    arguments: "[options]",
    synopsis: "Return the configuration of the autopilot",
    details: "Shows the rules of the autopilot:\n\n    $ {program} operator raft autopilot get-config",
    flags: &[&common::OUTPUT_FORMAT],
    run: |context, arguments| {
        show(context, arguments, "configuration", "Error reading autopilot configuration")
    },
};

/// Shows one of the two documents; a server without Raft has neither, which Vault does not mention.
fn show(context: &mut Context<'_>, arguments: &Arguments, name: &str, doing: &str) -> Outcome {
    if !arguments.positional.is_empty() {
        let count = arguments.positional.len();
        return Err(Failure::usage(format!("Incorrect arguments (expected 0, got {count})")));
    }
    let client = context.client(arguments)?;
    let secret =
        client.read(&format!("sys/storage/raft/autopilot/{name}"), &[]).map_err(Failure::doing(doing))?;
    match secret.and_then(|secret| secret.data) {
        Some(data) => print_data(&mut context.screen, &data),
        None => Ok(SUCCESS),
    }
}
