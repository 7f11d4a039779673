//! `audit enable`: a new device.

use serde_json::json;

use crate::{
    client::Request,
    command::{Command, as_mount},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup},
    input::pairs,
};

const DESCRIPTION: Flag = Flag::text("description", "What the device is for, in a sentence for people.");
const LOCAL: Flag = Flag::switch("local", "Keep the device out of replication.");
const PATH: Flag = Flag::text("path", "Name of the device. Without the flag it is the name of the type.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[DESCRIPTION, LOCAL, PATH] };

pub(crate) static COMMAND: Command = Command {
    path: "audit enable",
    arguments: "[options] TYPE [CONFIG K=V...]",
    synopsis: "Enable an audit device",
    details: "Records every request and response to a device from now on:\n\n    \
              $ {program} audit enable file file_path=/var/log/audit.log",
    flags: &[&FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let Some((kind, pairs)) = arguments.positional.split_first() else {
        return Err(Failure::usage(
            "Error enabling audit device: audit type missing. Valid types include 'file', 'socket' and 'syslog'.",
        ));
    };
    let kind = kind.trim();
    let path = arguments.text(&PATH);
    let path = as_mount(if path.is_empty() { kind } else { path });
    let options = pairs::parse_texts(&mut context.input, pairs)
        .map_err(|why| Failure::usage(format!("Failed to parse K=V data: {why}")))?;
    let client = context.client(arguments)?;
    let body = json!({
        "type": kind,
        "description": arguments.text(&DESCRIPTION),
        "options": options,
        "local": arguments.bool(&LOCAL),
    });
    client
        .send(Request::put(format!("sys/audit/{path}")).body(&body))
        .map_err(Failure::doing("Error enabling audit device"))?;
    context.done(format!("Success! Enabled the {kind} audit device at: {path}"))
}
