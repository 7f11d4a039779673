//! `unwrap`: the response behind a wrapping token.

use serde_json::json;

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
    output::{print_list, print_secret},
};

pub(crate) static COMMAND: Command = Command {
    path: "unwrap",
    arguments: "[options] [TOKEN]",
    synopsis: "Unwrap a wrapped secret",
    details: "Gives the response behind a wrapping token, once. Without an argument the token of the environment\n\
              or of the token helper is the wrapping token:\n\n    \
              $ {program} unwrap 3de9ece1-b347-e143-29b0-dc2dc31caafd",
    flags: &[&common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let token = arguments.at_most_one("0-1")?.map(str::trim).unwrap_or_default();
    let client = context.client(arguments)?;
    let mut request = Request::put("sys/wrapping/unwrap");
    // The token that sends the request is the wrapping token when none is named.
    if !token.is_empty() && token != client.token() {
        request = request.body(&json!({ "token": token }));
    }
    let Some(secret) = client.ask(request).map_err(Failure::doing("Error unwrapping"))? else {
        return context.screen.success("Successfully unwrapped. There was no data in the wrapped secret.");
    };
    match context.asked_field(arguments, &secret) {
        Some(outcome) => outcome,
        None if secret.keys().is_some() => print_list(&mut context.screen, &secret),
        None => print_secret(&mut context.screen, &secret),
    }
}
