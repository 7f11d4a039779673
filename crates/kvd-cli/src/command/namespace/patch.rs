//! `namespace patch`: the notes on a namespace.

use serde_json::{Map, Value, json};

use crate::{
    client::ClientError,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
};

const CUSTOM_METADATA: Flag =
    Flag::map("custom-metadata", "A note to set, as key=value. It can be given several times.");
const REMOVE_CUSTOM_METADATA: Flag =
    Flag::list("remove-custom-metadata", "The key of a note to remove. It can be given several times.");

static FLAGS: FlagGroup =
    FlagGroup { title: "Command Options", flags: &[CUSTOM_METADATA, REMOVE_CUSTOM_METADATA] };

pub(crate) static COMMAND: Command = Command {
    path: "namespace patch",
    arguments: "[options] PATH",
    synopsis: "Patch an existing namespace",
    details: "Changes the notes on a namespace and keeps those that are not named:\n\n    \
              $ {program} namespace patch -custom-metadata=owner=ops team-a\n    \
              $ {program} namespace patch -remove-custom-metadata=owner team-a",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [path] = arguments.exactly()?.map(str::trim);
    let client = context.client(arguments)?;
    let set = arguments.map(&CUSTOM_METADATA).into_iter().flatten();
    let mut notes: Map<String, Value> = set.map(|(key, value)| (key.clone(), json!(value))).collect();
    notes.extend(arguments.list(&REMOVE_CUSTOM_METADATA).iter().map(|key| (key.clone(), Value::Null)));
    match client.patch(&format!("sys/namespaces/{path}"), &json!({ "custom_metadata": notes })) {
        Err(ClientError::Api(error)) if error.status == 404 => Err(Failure::server("Namespace not found")),
        other => match other.map_err(Failure::doing("Error patching namespace"))? {
            Some(secret) => context.show(arguments, &secret),
            None => context.screen.success(format!("Success! Data written to: sys/namespaces/{path}")),
        },
    }
}
