//! `write`: data to a path.

use serde_json::Value;

use crate::{
    client::{ClientError, ClientResult, Secret},
    command::{Command, trimmed},
    context::Context,
    failure::{Failure, Outcome, SERVER},
    flags::{Arguments, Flag, FlagGroup, common},
    input::pairs,
    output::print_secret,
};

const FORCE: Flag = Flag::switch("force", "Write even without data, as some paths want.");
const F: Flag = Flag::switch("f", "Short form of -force.").hidden();

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[FORCE, F] };

pub(crate) static COMMAND: Command = Command {
    path: "write",
    arguments: "[options] PATH [DATA]",
    synopsis: "Write data, configuration, and secrets",
    details: "Writes to a path of any engine. Values can come from a file with \"@\" or from the standard input\n\
              with \"-\":\n\n    \
              $ {program} write auth/userpass/users/bob password=@password.txt\n    \
              $ {program} write -force auth/approle/role/my-role/secret-id",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (argument, pairs) = arguments.first_and_rest("1")?;
    if pairs.is_empty() && !arguments.bool(&FORCE) && !arguments.bool(&F) {
        return Err(Failure::usage("Must supply data or use -force"));
    }
    let path = trimmed(argument);
    let data = pairs::parse(&mut context.input, pairs)
        .map_err(|why| Failure::usage(format!("Failed to parse K=V data: {why}")))?;
    let client = context.client(arguments)?;
    // Nothing at all is null, which tells it apart from an empty object.
    let body = if pairs.is_empty() { Value::Null } else { Value::Object(data) };
    show_written(context, arguments, path, client.write(path, &body))
}

/// Shows what a write to any path gave back.
pub(super) fn show_written(
    context: &mut Context<'_>,
    arguments: &Arguments,
    path: &str,
    answer: ClientResult<Option<Secret>>,
) -> Outcome {
    let doing = Failure::doing(format!("Error writing data to {path}"));
    let written = match answer {
        // A refusal may say more than why: the state of a version that is deleted, say.
        Err(ClientError::Api(mut error)) if error.secret.is_some() => {
            let secret = error.secret.take();
            if let Failure::Message { text, .. } = doing(ClientError::Api(error)) {
                context.screen.error(text);
            }
            if let Some(secret) = secret {
                print_secret(&mut context.screen, &secret)?;
            }
            return Ok(SERVER);
        }
        other => other.map_err(doing)?,
    };
    match written {
        Some(secret) => context.show(arguments, &secret),
        None => context.screen.success(format!("Success! Data written to: {path}")),
    }
}
