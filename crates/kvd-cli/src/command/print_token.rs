//! `print token`: the token the next command would use.

use crate::{command::Command, context::Context, failure::Outcome, flags::Arguments};

pub(crate) static COMMAND: Command = Command {
    path: "print token",
    arguments: "",
    synopsis: "Print the token in use",
    details: "Prints the token the next command would use, after the environment and the token helper were asked:\n\n    \
              $ {program} print token",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let client = context.client(arguments)?;
    context.done(client.token())
}
