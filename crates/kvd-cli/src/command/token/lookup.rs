//! `token lookup`: what is known about a token.

use serde_json::json;

use crate::{
    client::Request,
    command::{Command, wrong_count},
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    output::print_secret,
};

const ACCESSOR: Flag = Flag::switch("accessor", "Take the argument as an accessor instead of a token.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[ACCESSOR] };

pub(crate) static COMMAND: Command = Command {
    path: "token lookup",
    arguments: "[options] [TOKEN | ACCESSOR]",
    synopsis: "Display information about a token",
    details: "Shows what is known about a token; without an argument, about the one in use:\n\n    \
              $ {program} token lookup\n    \
              $ {program} token lookup -accessor 9793c9b3-e04a-46f3-e7b8-748d7da248da",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let accessor = arguments.bool(&ACCESSOR);
    let count = arguments.positional.len();
    if accessor && count != 1 {
        let amount = if count == 0 { "Not enough" } else { "Too many" };
        return Err(Failure::usage(format!("{amount} arguments with -accessor (expected 1, got {count})")));
    }
    if count > 1 {
        return Err(wrong_count(false, "0-1", count));
    }
    let token = arguments.positional.first().map(|token| token.trim()).unwrap_or_default();
    let client = context.client(arguments)?;
    let request = match (token, accessor) {
        ("", _) => Request::get("auth/token/lookup-self"),
        (accessor, true) => {
            Request::post("auth/token/lookup-accessor").body(&json!({ "accessor": accessor }))
        }
        (token, false) => Request::post("auth/token/lookup").body(&json!({ "token": token })),
    };
    match client.ask(request).map_err(Failure::doing("Error looking up token"))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => Ok(SUCCESS),
    }
}
