//! `policy read`: the text of a policy.

use serde_json::{Value, json};

use super::name;
use crate::{
    client::{ClientError, Request},
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
};

pub(crate) static COMMAND: Command = Command {
    path: "policy read",
    arguments: "[options] NAME",
    synopsis: "Print the contents of a policy",
    details: "Shows a policy as it was written, comments included:\n\n    \
              $ {program} policy read my-policy",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let name = name(argument);
    let answer = match client.ask(Request::get(format!("sys/policies/acl/{name}"))) {
        Err(ClientError::Api(error)) if error.status == 404 => None,
        other => other.map_err(Failure::doing(format!("Error reading policy named {name}")))?,
    };
    let data = answer.and_then(|secret| secret.data).unwrap_or_default();
    let rules = data.get("policy").or_else(|| data.get("rules")).and_then(Value::as_str).unwrap_or_default();
    if rules.is_empty() {
        return Err(Failure::server(format!("No policy named: {name}")));
    }
    if !context.screen.document(&json!({ "policy": rules }))? {
        context.screen.line(rules.trim());
    }
    Ok(SUCCESS)
}
