//! `read`: whatever is at a path.

use crate::{
    client::Request,
    command::{Command, trimmed},
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    input::pairs,
    output::Format,
};

pub(crate) static COMMAND: Command = Command {
    path: "read",
    arguments: "[options] PATH [PARAMETERS]",
    synopsis: "Read data and retrieve secrets",
    details: "Reads from a path of any engine. Parameters go into the URL:\n\n    \
              $ {program} read auth/approle/role/my-role/role-id\n    \
              $ {program} read secret/data/foo version=1",
    flags: &[&common::OUTPUT_RAW],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (argument, pairs) = arguments.first_and_rest("1")?;
    let client = context.client(arguments)?;
    let path = trimmed(argument);
    let query = pairs::parse_parameters(&mut context.input, pairs)
        .map_err(|why| Failure::usage(format!("Failed to parse K=V data: {why}")))?;
    let reading = Failure::doing(format!("Error reading {path}"));
    if context.screen.format == Format::Raw {
        let response = client.send(Request::get(path).query(&query)).map_err(reading)?;
        context.screen.bytes(&response.body);
        context.screen.line("");
        return Ok(SUCCESS);
    }
    let secret = client
        .read(path, &query)
        .map_err(reading)?
        .ok_or_else(|| Failure::server(format!("No value found at {path}")))?;
    context.show(arguments, &secret)
}
