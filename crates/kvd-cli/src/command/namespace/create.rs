//! `namespace create`: a new namespace.

use serde_json::{Value, json};

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
    output::{print_data, print_field},
};

const CUSTOM_METADATA: Flag =
    Flag::map("custom-metadata", "A note about the namespace as key=value. It can be given several times.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[CUSTOM_METADATA] };

pub(crate) static COMMAND: Command = Command {
    path: "namespace create",
    arguments: "[options] PATH",
    synopsis: "Create a new namespace",
    details: "Makes a namespace inside the current one:\n\n    \
              $ {program} namespace create team-a",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [path] = arguments.exactly()?.map(str::trim);
    let client = context.client(arguments)?;
    let notes = arguments.map(&CUSTOM_METADATA).map_or(Value::Null, |notes| json!(notes));
    let request = Request::post(format!("sys/namespaces/{path}")).body(&json!({ "custom_metadata": notes }));
    let mut data = client.data(request).map_err(Failure::doing("Error creating namespace"))?;
    // Only a namespace with a seal of its own has these.
    for name in ["key_shares", "key_threshold"] {
        let unset = |value: &Value| value.is_null() || value == &json!(0) || value == &json!([]);
        if data.get(name).is_some_and(unset) {
            data.remove(name);
        }
    }
    match arguments.text(&common::FIELD) {
        "" => print_data(&mut context.screen, &data),
        field => print_field(&mut context.screen, data.get(field).cloned(), field),
    }
}
