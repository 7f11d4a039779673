//! `kv delete`: versions that can be brought back.

use super::{
    MOUNT, Target, Version,
    versions::{VERSIONS, body},
};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, FlagGroup, common},
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT, VERSIONS] };

pub(crate) static COMMAND: Command = Command {
    path: "kv delete",
    arguments: "[options] KEY",
    synopsis: "Delete versions in the store",
    details: "Deletes the newest version of a secret, or the given ones. In version 2 they can be brought back:\n\n    \
              $ {program} kv delete -mount=secret foo\n    \
              $ {program} kv delete -mount=secret -versions=3,4 foo",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    let path = target.at("data");
    let answer = match (target.version, arguments.list(&VERSIONS)) {
        (Version::One, _) | (Version::Two, []) => client.delete(&path, &[]),
        (Version::Two, versions) => client.write(&target.at("delete"), &body(versions)),
    };
    match answer.map_err(Failure::doing(format!("Error deleting {path}")))? {
        Some(secret) => context.show(arguments, &secret),
        None => context.screen.success(format!("Success! Data deleted (if it existed) at: {path}")),
    }
}
