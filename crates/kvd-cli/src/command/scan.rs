//! `scan`: the names below a path, at every depth.

use crate::{
    command::{
        Command,
        list::{PAGE, page, show_found},
        trimmed,
    },
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
};

pub(crate) static COMMAND: Command = Command {
    path: "scan",
    arguments: "[options] PATH",
    synopsis: "List data or secrets recursively",
    details: "Lists the names below a path at every depth, where the engine can:\n\n    \
              $ {program} scan secret/metadata",
    flags: &[&PAGE, &common::OUTPUT_DETAILED],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let path = trimmed(argument);
    let answer =
        client.scan(path, &page(arguments)).map_err(Failure::doing(format!("Error scanning {path}")))?;
    show_found(context, path, answer)
}
