//! `operator step-down`: another member of the cluster takes over.

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "operator step-down",
    arguments: "[options]",
    synopsis: "Force the server to resign active duty",
    details: "Makes the active member of a cluster a standby, if another can take over:\n\n    \
              $ {program} operator step-down",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    client.send(Request::put("sys/step-down")).map_err(Failure::doing("Error stepping down"))?;
    context.done(format!("Success! Stepped down: {}", client.address()))
}
