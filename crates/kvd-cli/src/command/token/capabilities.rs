//! `token capabilities`: what a token may do at a path.

use serde_json::{Value, json};

use crate::{
    client::Request,
    command::{Command, wrong_count},
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    gofmt::value::plain,
};

pub(crate) static COMMAND: Command = Command {
    path: "token capabilities",
    arguments: "[options] [TOKEN] PATH",
    synopsis: "Print capabilities of a token on a path",
    details: "Shows what a token may do at a path; without a token, the one in use:\n\n    \
              $ {program} token capabilities secret/data/foo",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let request = match arguments.positional.as_slice() {
        [path] => Request::post("sys/capabilities-self").body(&json!({ "paths": [path] })),
        [token, path] => Request::post("sys/capabilities").body(&json!({ "token": token, "paths": [path] })),
        other => return Err(wrong_count(other.is_empty(), "1-2", other.len())),
    };
    let path = arguments.positional.last().map(String::as_str).unwrap_or_default();
    let client = context.client(arguments)?;
    let data = client.data(request).map_err(Failure::doing("Error listing capabilities"))?;
    let found = data.get(path).or_else(|| data.get("capabilities"));
    let Some(Value::Array(capabilities)) = found else {
        return Err(Failure::usage("No capabilities found"));
    };
    if !context.screen.document(capabilities)? {
        let mut names: Vec<_> = capabilities.iter().map(plain).collect();
        names.sort();
        context.screen.line(names.join(", "));
    }
    Ok(SUCCESS)
}
