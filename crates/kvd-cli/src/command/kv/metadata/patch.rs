//! `kv metadata patch`: some limits and notes of a secret, the others kept.

use serde_json::{Map, Value};

use super::{
    MOUNT, locate,
    settings::{CAS_REQUIRED, CUSTOM_METADATA, DELETE_VERSION_AFTER, MAX_VERSIONS, body},
};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
    output::print_secret,
};

const REMOVE_CUSTOM_METADATA: Flag =
    Flag::list("remove-custom-metadata", "Key of a note to remove. It can be given several times.");

static FLAGS: FlagGroup = FlagGroup {
    title: "Command Options",
    flags: &[
        CAS_REQUIRED,
        CUSTOM_METADATA,
        DELETE_VERSION_AFTER,
        MAX_VERSIONS,
        MOUNT,
        REMOVE_CUSTOM_METADATA,
    ],
};

pub(crate) static COMMAND: Command = Command {
    path: "kv metadata patch",
    arguments: "[options] KEY",
    synopsis: "Change the metadata of a secret",
    details: "Changes limits and notes of a secret and keeps the others:\n\n    \
              $ {program} kv metadata patch -mount=secret -custom-metadata=owner=web foo\n    \
              $ {program} kv metadata patch -mount=secret -remove-custom-metadata=owner foo",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (client, path) = locate(context, arguments)?;
    let mut changes = body(arguments);
    let removed = arguments.list(&REMOVE_CUSTOM_METADATA);
    if !removed.is_empty() {
        let notes = changes.entry("custom_metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(notes) = notes {
            // A null in a merge patch removes the key.
            notes.extend(removed.iter().map(|key| (key.clone(), Value::Null)));
        }
    }
    let answer = client.patch(&path, &Value::Object(changes));
    match answer.map_err(Failure::doing(format!("Error writing data to {path}")))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => context.screen.success(format!("Success! Data written to: {path}")),
    }
}
