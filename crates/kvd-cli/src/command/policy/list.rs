//! `policy list`: the names of all policies.

use serde_json::Value;

use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    gofmt::value::plain,
};

pub(crate) static COMMAND: Command = Command {
    path: "policy list",
    arguments: "[options]",
    synopsis: "List the installed policies",
    details: "Lists the names of all policies:\n\n    $ {program} policy list",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let answer = client.list("sys/policies/acl", &[]).map_err(Failure::doing("Error listing policies"))?;
    let names = answer.as_ref().and_then(|secret| secret.keys()).cloned().unwrap_or_default();
    if !context.screen.document(&Value::Array(names.clone()))? {
        for name in &names {
            context.screen.line(plain(name));
        }
    }
    Ok(SUCCESS)
}
