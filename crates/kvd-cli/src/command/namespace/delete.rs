//! `namespace delete`: a namespace removed with everything in it.

use crate::{
    client::Request,
    command::{Command, as_mount},
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "namespace delete",
    arguments: "[options] PATH",
    synopsis: "Delete an existing namespace",
    details: "Removes a namespace and everything in it:\n\n    $ {program} namespace delete team-a",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [path] = arguments.exactly()?.map(str::trim);
    let client = context.client(arguments)?;
    let answer = client
        .ask(Request::delete(format!("sys/namespaces/{path}")))
        .map_err(Failure::doing("Error deleting namespace"))?;
    let scheduled = answer.and_then(|secret| secret.data).is_some_and(|data| data.contains_key("status"));
    if !scheduled {
        context.screen.warn("Requested namespace does not exist");
        return Ok(SUCCESS);
    }
    context.done(format!("Success! Namespace deletion scheduled: {}", as_mount(path)))
}
