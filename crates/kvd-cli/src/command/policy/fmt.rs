//! `policy fmt`: a policy file in the usual layout.

use std::fs;

use super::layout;
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
    input::file,
};

pub(crate) static COMMAND: Command = Command {
    path: "policy fmt",
    arguments: "[options] PATH",
    synopsis: "Format a policy on disk",
    details: "Rewrites a policy file in the usual layout. Comments are kept:\n\n    \
              $ {program} policy fmt my-policy.hcl",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let path = context.environment.expand(argument.trim());
    let text =
        file::read(&path).map_err(|why| Failure::usage(format!("Error reading source file: {why}")))?;
    let formatted = layout::format(&text).map_err(|error| Failure::usage(error.to_string()))?;
    fs::write(&path, formatted)
        .map_err(|error| Failure::usage(format!("Error writing result: {}", error.kind())))?;
    context.done(format!("Success! Formatted policy: {}", path.display()))
}
