//! `audit disable`: a device removed.

use crate::{
    client::Request,
    command::{Command, as_mount, trimmed},
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "audit disable",
    arguments: "[options] PATH",
    synopsis: "Disable an audit device",
    details: "Stops recording to a device. What it recorded stays:\n\n    \
              $ {program} audit disable file/",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let path = as_mount(trimmed(argument));
    let client = context.client(arguments)?;
    client
        .send(Request::delete(format!("sys/audit/{path}")))
        .map_err(Failure::doing("Error disabling audit device"))?;
    context.done(format!("Success! Disabled audit device (if it was enabled) at: {path}"))
}
