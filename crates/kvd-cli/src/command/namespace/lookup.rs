//! `namespace lookup`: what is known about a namespace.

use crate::{
    client::{ClientError, Request},
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
    output::print_data,
};

pub(crate) static COMMAND: Command = Command {
    path: "namespace lookup",
    arguments: "[options] PATH",
    synopsis: "Look up an existing namespace",
    details: "Shows what is known about a namespace:\n\n    $ {program} namespace lookup team-a",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [path] = arguments.exactly()?.map(str::trim);
    let client = context.client(arguments)?;
    match client.data(Request::get(format!("sys/namespaces/{path}"))) {
        Err(ClientError::Api(error)) if error.status == 404 => Err(Failure::server("Namespace not found")),
        other => {
            let data = other.map_err(Failure::doing("Error looking up namespace"))?;
            print_data(&mut context.screen, &data)
        }
    }
}
