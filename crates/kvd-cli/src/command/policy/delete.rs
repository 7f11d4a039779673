//! `policy delete`: a policy removed.

use super::name;
use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "policy delete",
    arguments: "[options] NAME",
    synopsis: "Delete a policy by name",
    details: "Deletes a policy. Tokens that have it lose what it grants at once:\n\n    \
              $ {program} policy delete my-policy",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let name = name(argument);
    client
        .send(Request::delete(format!("sys/policies/acl/{name}")))
        .map_err(Failure::doing(format!("Error deleting {name}")))?;
    context.done(format!("Success! Deleted policy: {name}"))
}
