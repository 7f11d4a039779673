//! `token revoke`: the end of a token.

use serde_json::json;

use crate::{
    client::Request,
    command::{Command, wrong_count},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup},
};

const ACCESSOR: Flag = Flag::switch("accessor", "Take the argument as an accessor instead of a token.");
const MODE: Flag = Flag::text(
    "mode",
    "What else ends. Without the flag all children do; with \"orphan\" they live on; with \"path\" the argument is a \
     path, and every token given there ends.",
);
const SELF: Flag = Flag::switch("self", "End the token in use.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[ACCESSOR, MODE, SELF] };

pub(crate) static COMMAND: Command = Command {
    path: "token revoke",
    arguments: "[options] [TOKEN | ACCESSOR]",
    synopsis: "Revoke a token and its children",
    details: "Ends a token and everything it made:\n\n    \
              $ {program} token revoke 96ddf4bc-d217-f3ba-f9bd-017055595017",
    flags: &[&FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let request = request(arguments)?;
    let client = context.client(arguments)?;
    client.send(request).map_err(Failure::doing("Error revoking token"))?;
    context.done("Success! Revoked token (if it existed)")
}

/// The request that the flags ask for, or why they ask for none.
fn request(arguments: &Arguments) -> Result<Request, Failure> {
    let (accessor, own) = (arguments.bool(&ACCESSOR), arguments.bool(&SELF));
    let mode = arguments.text(&MODE);
    let token = arguments.positional.first().map(|token| token.trim()).unwrap_or_default();
    let count = arguments.positional.len();
    if !matches!(mode, "" | "orphan" | "path") {
        return Err(Failure::usage(format!("Invalid mode: {mode}")));
    }
    if own && count > 0 {
        return Err(Failure::usage(format!("Too many arguments with -self (expected 0, got {count})")));
    }
    if !own && count != 1 {
        return Err(wrong_count(count == 0, "1 or -self", count));
    }
    match (own, accessor, mode) {
        (true, true, _) => Err(Failure::usage("Cannot use -self with -accessor!")),
        (true, false, "") => Ok(Request::put("auth/token/revoke-self")),
        (true, false, _) => Err(Failure::usage("Cannot use -self with -mode!")),
        (false, true, "") => {
            Ok(Request::post("auth/token/revoke-accessor").body(&json!({ "accessor": token })))
        }
        (false, true, mode) => Err(Failure::usage(format!("Cannot use -accessor with -mode={mode}!"))),
        (false, false, "orphan") => {
            Ok(Request::put("auth/token/revoke-orphan").body(&json!({ "token": token })))
        }
        (false, false, "path") => Ok(Request::put(format!("sys/leases/revoke-prefix/{token}"))),
        (false, false, _) => Ok(Request::put("auth/token/revoke").body(&json!({ "token": token }))),
    }
}
