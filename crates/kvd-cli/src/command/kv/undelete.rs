//! `kv undelete`: deleted versions brought back.

use super::{
    MOUNT, Target, Version,
    versions::{VERSIONS, body},
};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, FlagGroup, common},
    output::print_secret,
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT, VERSIONS] };

pub(crate) static COMMAND: Command = Command {
    path: "kv undelete",
    arguments: "[options] KEY",
    synopsis: "Undelete versions in the store",
    details: "Brings deleted versions of a secret back:\n\n    \
              $ {program} kv undelete -mount=secret -versions=3 foo",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run: |context, arguments| change_versions(context, arguments, "undelete", "Undelete"),
};

/// Writes version numbers to a section of the mount: what undelete and destroy have in common.
pub(super) fn change_versions(
    context: &mut Context<'_>,
    arguments: &Arguments,
    section: &str,
    title: &str,
) -> Outcome {
    let [argument] = arguments.exactly()?;
    let versions = arguments.list(&VERSIONS);
    if versions.is_empty() {
        return Err(Failure::usage(format!(
            "No versions provided, use the \"-versions\" flag to specify the version to {section}."
        )));
    }
    let client = context.client(arguments)?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    if target.version == Version::One {
        return Err(Failure::usage(format!("{title} not supported on KV Version 1")));
    }
    let path = target.at(section);
    let answer = client.write(&path, &body(versions));
    match answer.map_err(Failure::doing(format!("Error writing data to {path}")))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => context.screen.success(format!("Success! Data written to: {path}")),
    }
}
