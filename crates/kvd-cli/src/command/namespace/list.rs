//! `namespace list`: the namespaces inside the current one.

use crate::{
    command::{Command, list::show_keys},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
    output::Format,
};

pub(crate) static COMMAND: Command = Command {
    path: "namespace list",
    arguments: "[options]",
    synopsis: "List child namespaces",
    details: "Lists the namespaces inside the current one:\n\n    $ {program} namespace list",
    flags: &[&common::OUTPUT_DETAILED],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let answer = client.list("sys/namespaces", &[]).map_err(Failure::doing("Error listing namespaces"))?;
    if answer.is_none() && context.screen.format == Format::Table {
        return Err(Failure::server("No namespaces found"));
    }
    show_keys(context, "sys/namespaces", answer)
}
