//! `kv get`: a secret with its metadata.

use std::{thread, time::Duration};

use serde_json::{Map, Value};

use super::{MOUNT, Target, Version, written::path_block};
use crate::{
    client::Secret,
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    output::{
        Format, heading::heading_for, print_data, print_field, print_secret, print_secret_field,
        print_warnings, variables::print_variables,
    },
};

const VERSION: Flag = Flag::int("version", 0, "The version to read; 0 is the newest.");
const WATCH: Flag = Flag::switch("watch", "Print the secret again whenever it changed, until interrupted.");
const WATCH_INTERVAL: Flag =
    Flag::duration("watch-interval", "How long -watch waits before it looks again. Without the flag: 2s.");

static FLAGS: FlagGroup =
    FlagGroup { title: "Command Options", flags: &[MOUNT, VERSION, WATCH, WATCH_INTERVAL] };

pub(crate) static COMMAND: Command = Command {
    path: "kv get",
    arguments: "[options] KEY",
    synopsis: "Retrieve a secret",
    details: "Reads the secret at a path, or one version of it:\n\n    \
              $ {program} kv get -mount=secret foo\n    \
              $ {program} kv get -mount=secret -version=1 foo\n\n\
              One field alone, for scripts:\n\n    \
              $ {program} kv get -mount=secret -field=password foo\n\n\
              All of them as variables, for a .env file or a shell:\n\n    \
              $ {program} kv get -mount=secret -format=dotenv foo > .env\n    \
              $ eval \"$({program} kv get -mount=secret -format=export foo)\"",
    flags: &[&FLAGS, &common::OUTPUT_VARIABLES],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    let path = target.at("data");
    let version = arguments.int(&VERSION);
    let query: Vec<_> = match target.version {
        Version::Two if version > 0 => vec![("version".to_owned(), version.to_string())],
        Version::One | Version::Two => Vec::new(),
    };
    let read = || {
        client
            .read(&path, &query)
            .map_err(Failure::doing(format!("Error reading {path}")))?
            .ok_or_else(|| Failure::server(format!("No value found at {path}")))
    };
    let mut secret = read()?;
    if !arguments.bool(&WATCH) {
        return show(context, arguments, target.version, &path, &secret);
    }
    let pause = arguments
        .duration(&WATCH_INTERVAL)
        .map_or(WATCH_PAUSE, |pause| Duration::from_secs(pause.whole_seconds().unsigned_abs()));
    loop {
        show(context, arguments, target.version, &path, &secret)?;
        loop {
            thread::sleep(pause);
            let now = read()?;
            if now.data != secret.data {
                secret = now;
                break;
            }
        }
    }
}

/// How long to wait between two looks at a secret that is watched.
const WATCH_PAUSE: Duration = Duration::from_secs(2);

fn show(
    context: &mut Context<'_>,
    arguments: &Arguments,
    version: Version,
    path: &str,
    secret: &Secret,
) -> Outcome {
    let field = arguments.text(&common::FIELD);
    if !field.is_empty() {
        return show_field(context, version, path, secret, field);
    }
    let part = |name: &str| secret.data.as_ref().and_then(|data| data.get(name)).and_then(Value::as_object);
    if matches!(context.screen.format, Format::Dotenv | Format::Export) {
        let data = match version {
            Version::One => secret.data.as_ref(),
            Version::Two => part("data"),
        };
        let data = data.ok_or_else(|| Failure::server(format!("No data found at {path}")))?;
        return print_variables(&mut context.screen, data);
    }
    if secret.wrap_info.is_some() || context.screen.format != Format::Table {
        return print_secret(&mut context.screen, secret);
    }
    print_warnings(&mut context.screen, secret);
    match version {
        Version::One => show_data(context, secret.data.as_ref()),
        Version::Two => {
            path_block(context, "Secret Path", path);
            if let Some(metadata) = part("metadata") {
                context.screen.line(heading_for("Metadata", metadata));
                print_data(&mut context.screen, metadata)?;
                context.screen.line("");
            }
            show_data(context, part("data"))
        }
    }
}

fn show_data(context: &mut Context<'_>, data: Option<&Map<String, Value>>) -> Outcome {
    let Some(data) = data else { return Ok(SUCCESS) };
    context.screen.line(heading_for("Data", data));
    print_data(&mut context.screen, data)
}

/// The field is one of the secret's own; `data` is all of them, unless the secret has a field of that name.
fn show_field(
    context: &mut Context<'_>,
    version: Version,
    path: &str,
    secret: &Secret,
    field: &str,
) -> Outcome {
    if version == Version::One {
        return print_secret_field(&mut context.screen, secret, field);
    }
    let data = secret.data.as_ref().and_then(|data| data.get("data")).filter(|data| !data.is_null());
    let data = data.ok_or_else(|| Failure::server(format!("No data found at {path}")))?;
    let own = data.get(field);
    let value = if field == "data" { own.or(Some(data)) } else { own };
    print_field(&mut context.screen, value.cloned(), field)
}
