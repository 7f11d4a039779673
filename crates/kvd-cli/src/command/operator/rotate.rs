//! `operator rotate`: a new key for what is written from now on.

use super::key_status;
use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
};

pub(crate) static COMMAND: Command = Command {
    path: "operator rotate",
    arguments: "[options]",
    synopsis: "Rotate the underlying encryption key",
    details: "Makes a new key for what is written from now on. What is there stays readable:\n\n    \
              $ {program} operator rotate",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    client.send(Request::post("sys/rotate")).map_err(Failure::doing("Error rotating key"))?;
    let status = key_status::read(&client)?;
    if !context.screen.document(&status)? {
        context.screen.line(format!("Success! Rotated key\n\n{}", key_status::text(&status)));
    }
    Ok(SUCCESS)
}
