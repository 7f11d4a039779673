//! `operator seal`: the keys leave the server's memory.

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "operator seal",
    arguments: "[options]",
    synopsis: "Seal the server",
    details: "Makes the server forget its keys. It answers nothing until it is unsealed:\n\n    \
              $ {program} operator seal",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    client.send(Request::put("sys/seal")).map_err(Failure::doing("Error sealing"))?;
    context.done("Success! Vault is sealed.")
}
