//! `lease renew`: a longer life for a lease.

use serde_json::json;

use crate::{
    client::Request,
    command::{Command, wrong_count},
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    output::print_secret,
};

const INCREMENT: Flag =
    Flag::duration("increment", "How long the lease should last from now. The server may give less.");
const I: Flag = Flag::duration("i", "Short form of -increment.").hidden();

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[INCREMENT, I] };

pub(crate) static COMMAND: Command = Command {
    path: "lease renew",
    arguments: "[options] ID",
    synopsis: "Renew the lease of a secret",
    details: "Lengthens a lease:\n\n    \
              $ {program} lease renew -increment=1h database/creds/readonly/2f6a614c",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let id = match arguments.positional.as_slice() {
        [] => return Err(Failure::usage("Missing ID!")),
        [id] => id.trim(),
        more => return Err(wrong_count(false, "1-2", more.len())),
    };
    let increment = arguments.duration(&INCREMENT).or_else(|| arguments.duration(&I)).unwrap_or_default();
    let client = context.client(arguments)?;
    let body = json!({ "increment": increment.whole_seconds(), "lease_id": id });
    let request = Request::put("sys/leases/renew").body(&body);
    match client.ask(request).map_err(Failure::doing(format!("Error renewing {id}")))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => Ok(SUCCESS),
    }
}
