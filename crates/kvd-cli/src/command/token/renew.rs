//! `token renew`: a longer life for a token.

use serde_json::{Map, Value, json};

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    output::print_secret,
};

const ACCESSOR: Flag = Flag::switch("accessor", "Take the argument as an accessor instead of a token.");
const INCREMENT: Flag =
    Flag::duration("increment", "How long the token should live from now. The server may give less.");
const I: Flag = Flag::duration("i", "Short form of -increment.").hidden();

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[ACCESSOR, INCREMENT, I] };

pub(crate) static COMMAND: Command = Command {
    path: "token renew",
    arguments: "[options] [TOKEN]",
    synopsis: "Renew a token lease",
    details: "Lengthens the life of a token; without an argument, of the one in use:\n\n    \
              $ {program} token renew -increment=30m",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let token = arguments.at_most_one("1")?.map(str::trim).unwrap_or_default();
    let client = context.client(arguments)?;
    let increment = arguments.duration(&INCREMENT).or_else(|| arguments.duration(&I)).unwrap_or_default();
    let body = |name: Option<(&str, &str)>| {
        let mut body = Map::from_iter([("increment".to_owned(), json!(increment.whole_seconds()))]);
        body.extend(name.map(|(name, value)| (name.to_owned(), json!(value))));
        Value::Object(body)
    };
    let request = match (token, arguments.bool(&ACCESSOR)) {
        ("", _) => Request::put("auth/token/renew-self").body(&body(None)),
        (accessor, true) => {
            Request::post("auth/token/renew-accessor").body(&body(Some(("accessor", accessor))))
        }
        (token, false) => Request::put("auth/token/renew").body(&body(Some(("token", token)))),
    };
    match client.ask(request).map_err(Failure::doing("Error renewing token"))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => Ok(SUCCESS),
    }
}
