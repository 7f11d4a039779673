//! `path-help`: what a path is for.

use serde_json::Value;

use crate::{
    client::Request,
    command::{Command, trimmed},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
    output::{Format, compact_json},
};

pub(crate) static COMMAND: Command = Command {
    path: "path-help",
    arguments: "[options] PATH",
    synopsis: "Retrieve the help of a path",
    details: "Shows what the server says about a path:\n\n    \
              $ {program} path-help secret",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let request = Request::get(trimmed(argument)).with("help", "1");
    let answer = client.object(request).map_err(Failure::doing("Error retrieving help"))?;
    if context.screen.format == Format::Json {
        let openapi = answer.get("openapi").unwrap_or(&Value::Null);
        let text = compact_json(openapi).map_err(|_| Failure::server("Error marshaling OpenAPI"))?;
        return context.done(text);
    }
    context.done(answer.get("help").and_then(Value::as_str).unwrap_or_default())
}
