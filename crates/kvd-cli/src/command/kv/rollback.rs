//! `kv rollback`: the data of an older version, written again as the newest.

use serde_json::{Value, json};

use super::{MOUNT, Target, Version, patch::Current};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
    output::print_secret,
};

const VERSION: Flag = Flag::int("version", 0, "The version to go back to.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT, VERSION] };

pub(crate) static COMMAND: Command = Command {
    path: "kv rollback",
    arguments: "[options] KEY",
    synopsis: "Roll back to a previous version of data",
    details: "Writes the data of an older version as a new version:\n\n    \
              $ {program} kv rollback -mount=secret -version=2 foo",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.positional.as_slice() else {
        let count = arguments.positional.len();
        return Err(Failure::usage(format!("Invalid number of arguments (expected 1, got {count})")));
    };
    if !arguments.has(&VERSION) {
        return Err(Failure::usage("Version flag must be specified"));
    }
    let version = arguments.int(&VERSION);
    if version <= 0 {
        return Err(Failure::usage(format!("Invalid value {version} for the version flag")));
    }
    let client = context.client(arguments)?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    if target.version == Version::One {
        return Err(Failure::server("K/V engine mount must be version 2 for rollback support"));
    }
    let path = target.at("data");
    if client.rehearses() {
        // What is shown is the first of the requests, as with Vault: the others depend on its answer.
        client.read(&path, &[])?;
    }
    let newest = Current::read(&client, &path, None, "rollback")?;
    let older = Current::read(&client, &path, Some(version), "rollback")?;
    if older.metadata.get("deletion_time").and_then(Value::as_str).is_some_and(|time| !time.is_empty()) {
        return Err(Failure::server("Cannot roll back to a version that has been deleted"));
    }
    if older.metadata.get("destroyed") == Some(&Value::Bool(true)) {
        return Err(Failure::server("Cannot roll back to a version that has been destroyed"));
    }
    let data = older.data.ok_or_else(|| {
        Failure::server(format!("No data found at {path}; rollback only works on existing data"))
    })?;
    let body = json!({ "data": data, "options": { "cas": newest.metadata.get("version") } });
    let secret =
        client.write(&path, &body).map_err(Failure::doing(format!("Error writing data to {path}")))?;
    match secret {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => context.screen.success(format!("Success! Data written to: {path}")),
    }
}
