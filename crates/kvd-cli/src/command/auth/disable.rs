//! `auth disable`: an auth method removed with the tokens it gave.

use crate::{
    client::Request,
    command::{Command, as_mount, trimmed},
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "auth disable",
    arguments: "[options] PATH",
    synopsis: "Disable an auth method",
    details: "Removes an auth method and revokes every token it gave:\n\n    \
              $ {program} auth disable userpass/",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mount = as_mount(trimmed(argument));
    client
        .send(Request::delete(format!("sys/auth/{mount}")))
        .map_err(Failure::doing(format!("Error disabling auth method at {mount}")))?;
    context.done(format!("Success! Disabled the auth method (if it existed) at: {mount}"))
}
