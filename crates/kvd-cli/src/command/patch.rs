//! `patch`: some fields at a path, the others kept.

use serde_json::Value;

use crate::{
    command::{Command, trimmed, write::show_written},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
    input::pairs,
};

const FORCE: Flag = Flag::switch("force", "Send the request even without data.");
const F: Flag = Flag::switch("f", "Short form of -force.").hidden();

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[FORCE, F] };

pub(crate) static COMMAND: Command = Command {
    path: "patch",
    arguments: "[options] PATH [DATA]",
    synopsis: "Patch data, configuration, and secrets",
    details: "Merges data into what is at a path, where the engine can:\n\n    \
              $ {program} patch secret/metadata/foo max_versions=5",
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
    show_written(context, arguments, path, client.patch(path, &Value::Object(data)))
}
