//! `operator unseal`: one key towards an unsealed server.

use serde_json::json;

use super::key;
use crate::{
    client::Request,
    command::{Command, status::show_seal_status},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
};

const MIGRATE: Flag = Flag::switch("migrate", "The key is for a change of the seal.");
const RESET: Flag = Flag::switch("reset", "Forget the keys given so far.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MIGRATE, RESET] };

pub(crate) static COMMAND: Command = Command {
    path: "operator unseal",
    arguments: "[options] [KEY]",
    synopsis: "Unseal the server",
    details: "Gives the server one of the keys it needs. Without an argument the key is asked for, and is not shown\n\
              while it is typed; that is the safer way, because arguments end up in the shell's history:\n\n    \
              $ {program} operator unseal",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let argument = arguments.at_most_one("1")?.map(str::trim).unwrap_or_default();
    let client = context.client(arguments)?;
    let (body, what) = if arguments.bool(&RESET) {
        (json!({ "reset": true }), "Error resetting unseal process")
    } else {
        let key = match argument {
            "" => key::ask(context, "Unseal Key (will be hidden): ")?,
            key => zeroize::Zeroizing::new(key.to_owned()),
        };
        (json!({ "key": key.trim(), "migrate": arguments.bool(&MIGRATE) }), "Error unsealing")
    };
    let status = client.object(Request::put("sys/unseal").body(&body)).map_err(Failure::doing(what))?;
    show_seal_status(context, &client, status)
}
