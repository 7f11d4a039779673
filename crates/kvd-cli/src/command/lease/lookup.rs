//! `lease lookup`: what is known about a lease.

use serde_json::json;

use crate::{
    client::Request,
    command::{Command, wrong_count},
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    output::print_secret,
};

pub(crate) static COMMAND: Command = Command {
    path: "lease lookup",
    arguments: "[options] ID",
    synopsis: "Look up a lease",
    details: "Shows what is known about a lease:\n\n    \
              $ {program} lease lookup database/creds/readonly/2f6a614c",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let id = match arguments.positional.as_slice() {
        [] => return Err(Failure::usage("Missing ID!")),
        [id] => id.trim(),
        more => return Err(wrong_count(false, "1", more.len())),
    };
    let client = context.client(arguments)?;
    let request = Request::put("sys/leases/lookup").body(&json!({ "lease_id": id }));
    match client.ask(request).map_err(Failure::doing(format!("error looking up lease id {id}")))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => Ok(SUCCESS),
    }
}
