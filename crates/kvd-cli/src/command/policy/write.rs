//! `policy write`: a policy from a file or the standard input.

use serde_json::json;

use super::name;
use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
    input::file,
};

pub(crate) static COMMAND: Command = Command {
    path: "policy write",
    arguments: "[options] NAME PATH",
    synopsis: "Upload a policy from a file",
    details: "Uploads a policy from a file, or from the standard input when the path is \"-\":\n\n    \
              $ {program} policy write my-policy my-policy.hcl\n    \
              $ cat my-policy.hcl | {program} policy write my-policy -",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [typed, path] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let name = name(typed);
    let rules = match path.trim() {
        "-" => {
            context.input.read_all().map_err(|why| Failure::server(format!("Error reading policy: {why}")))?
        }
        path => file::read(path.as_ref())
            .map_err(|why| Failure::server(format!("Error opening policy file: {why}")))?,
    };
    let request = Request::put(format!("sys/policies/acl/{name}")).body(&json!({ "policy": rules }));
    client.send(request).map_err(Failure::doing("Error uploading policy"))?;
    if typed != name {
        context.screen.warn(format!("Policy name was converted from \"{typed}\" to \"{name}\""));
    }
    context.done(format!("Success! Uploaded policy: {name}"))
}
