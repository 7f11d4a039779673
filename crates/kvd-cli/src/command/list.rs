//! `list`: the names below a path.

use crate::{
    client::Secret,
    command::{Command, trimmed},
    context::Context,
    failure::{Failure, Outcome, SERVER},
    flags::{Arguments, Flag, FlagGroup, common},
    output::{Format, print_data, print_list, print_secret},
};

const AFTER: Flag = Flag::text("after", "Begin after this name.");
const LIMIT: Flag = Flag::int("limit", 0, "How many names to show at most; 0 shows all.");

pub(super) static PAGE: FlagGroup = FlagGroup { title: "Command Options", flags: &[AFTER, LIMIT] };

pub(crate) static COMMAND: Command = Command {
    path: "list",
    arguments: "[options] PATH",
    synopsis: "List data or secrets",
    details: "Lists the names below a path of any engine. Folders end in a slash:\n\n    \
              $ {program} list auth/approle/role",
    flags: &[&PAGE, &common::OUTPUT_DETAILED],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let path = trimmed(argument);
    let answer =
        client.list(path, &page(arguments)).map_err(Failure::doing(format!("Error listing {path}")))?;
    show_keys(context, path, answer)
}

/// The parameters that ask for a part of a list, left out where the whole is asked for: not every engine knows them.
pub(super) fn page(arguments: &Arguments) -> Vec<(String, String)> {
    let (after, limit) = (arguments.text(&AFTER), arguments.int(&LIMIT));
    if after.is_empty() && limit <= 0 {
        return Vec::new();
    }
    vec![("after".to_owned(), after.to_owned()), ("limit".to_owned(), limit.to_string())]
}

/// Shows the names a list has, or says that there are none.
pub(super) fn show_keys(context: &mut Context<'_>, path: &str, answer: Option<Secret>) -> Outcome {
    show(context, path, answer, "value")
}

/// The same for a scan, which speaks of entries.
pub(super) fn show_found(context: &mut Context<'_>, path: &str, answer: Option<Secret>) -> Outcome {
    show(context, path, answer, "entries")
}

fn show(context: &mut Context<'_>, path: &str, answer: Option<Secret>, what: &str) -> Outcome {
    let listed = answer.as_ref().is_some_and(|secret| secret.keys().is_some());
    match answer {
        Some(secret) if secret.is_wrapped() => print_secret(&mut context.screen, &secret),
        Some(secret) if listed => print_list(&mut context.screen, &secret),
        // Programs get an empty document to read, people a sentence; both get the exit status.
        _ if context.screen.format != Format::Table => {
            print_data(&mut context.screen, &serde_json::Map::new())?;
            Ok(SERVER)
        }
        // A response without data has warnings, which say why.
        Some(secret) if secret.data.is_none() => print_secret(&mut context.screen, &secret),
        Some(_) => Err(Failure::server(format!("No entries found at {path}"))),
        None => Err(Failure::server(format!("No {what} found at {path}"))),
    }
}
