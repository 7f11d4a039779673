//! `secrets disable`: a mount removed with everything in it.

use crate::{
    client::Request,
    command::{Command, as_mount, trimmed},
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "secrets disable",
    arguments: "[options] PATH",
    synopsis: "Disable a secrets engine",
    details: "Removes a secrets engine and everything it stores, and revokes its leases:\n\n    \
              $ {program} secrets disable secret/",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mount = as_mount(trimmed(argument));
    client
        .send(Request::delete(format!("sys/mounts/{mount}")))
        .map_err(Failure::doing(format!("Error disabling secrets engine at {mount}")))?;
    context.done(format!("Success! Disabled the secrets engine (if it existed) at: {mount}"))
}
