//! `kv metadata put`: the limits and notes of a secret, whether or not it exists.

use serde_json::Value;

use super::{
    MOUNT, locate,
    settings::{CAS_REQUIRED, CUSTOM_METADATA, DELETE_VERSION_AFTER, MAX_VERSIONS, body},
};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, FlagGroup, common},
    output::print_secret,
};

static FLAGS: FlagGroup = FlagGroup {
    title: "Command Options",
    flags: &[CAS_REQUIRED, CUSTOM_METADATA, DELETE_VERSION_AFTER, MAX_VERSIONS, MOUNT],
};

pub(crate) static COMMAND: Command = Command {
    path: "kv metadata put",
    arguments: "[options] KEY",
    synopsis: "Set the metadata of a secret",
    details: "Sets limits and notes of a secret. Custom metadata replaces what was there:\n\n    \
              $ {program} kv metadata put -mount=secret -max-versions=5 foo\n    \
              $ {program} kv metadata put -mount=secret -custom-metadata=owner=web foo",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (client, path) = locate(context, arguments)?;
    let answer = client.write(&path, &Value::Object(body(arguments)));
    match answer.map_err(Failure::doing(format!("Error writing data to {path}")))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => context.screen.success(format!("Success! Data written to: {path}")),
    }
}
