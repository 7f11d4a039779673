//! `completion`: what a shell evaluates to complete commands and flags.

use crate::{
    command::Command,
    complete,
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "completion",
    arguments: "bash | zsh | fish",
    synopsis: "Print what a shell needs to complete commands",
    details: "Prints a script for a shell to evaluate, so that the tab key completes commands and flags:\n\n    \
              $ source <({program} completion bash)\n    \
              $ source <({program} completion zsh)\n    \
              $ {program} completion fish | source\n\n\
              The flag -autocomplete-install, without a command, writes the same into the start-up files of the\n\
              shells that are there; -autocomplete-uninstall takes it out.",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [name] = arguments.exactly()?;
    let script = complete::script(name, context.program.name()).ok_or_else(|| {
        Failure::usage(format!("No completion is known for {name:?}: use bash, zsh or fish"))
    })?;
    context.done(script)
}
