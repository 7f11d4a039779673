//! `operator key-status`: the key that encrypts what is written.

use serde_json::{Map, Value};

use crate::{
    client::{Client, Request},
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    gofmt::{time::rfc822, value::plain},
    output::columns::{columns, row},
};

pub(crate) static COMMAND: Command = Command {
    path: "operator key-status",
    arguments: "[options]",
    synopsis: "Provide information about the active encryption key",
    details: "Shows the term of the key, since when it is in use, and how often it was used:\n\n    \
              $ {program} operator key-status",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let status = read(&client)?;
    if !context.screen.document(&status)? {
        context.screen.line(text(&status));
    }
    Ok(SUCCESS)
}

/// What the server says about the key.
pub(super) fn read(client: &Client) -> Result<Map<String, Value>, Failure> {
    client.data(Request::get("sys/key-status")).map_err(Failure::doing("Error reading key status"))
}

/// The status for people.
pub(super) fn text(status: &Map<String, Value>) -> String {
    let field = |name: &str| status.get(name).map(plain).unwrap_or_default();
    columns(&[
        row(["Key Term", &field("term")]),
        row(["Install Time", &rfc822(&field("install_time"))]),
        row(["Encryption Count", &field("encryptions")]),
    ])
}
