//! `audit list`: the devices there are.

use serde_json::{Map, Value};

use crate::{
    client::{ClientError, Request},
    command::{Command, mount::MountRow},
    context::Context,
    failure::{Failure, Outcome, SERVER, SUCCESS},
    flags::{Arguments, common},
    gofmt::value::plain,
    output::columns::{row, table},
};

pub(crate) static COMMAND: Command = Command {
    path: "audit list",
    arguments: "[options]",
    synopsis: "List enabled audit devices",
    details: "Lists the audit devices:\n\n    \
              $ {program} audit list\n    \
              $ {program} audit list -detailed",
    flags: &[&common::OUTPUT_DETAILED],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let devices = match client.data(Request::get("sys/audit")) {
        // No device at all is an answer without data.
        Err(ClientError::Body(_)) => Map::new(),
        other => other.map_err(Failure::doing("Error listing audits"))?,
    };
    if context.screen.document(&devices)? {
        return Ok(SUCCESS);
    }
    if devices.is_empty() {
        context.screen.line("No audit devices are enabled.");
        return Ok(SERVER);
    }
    let detailed = context.detailed(arguments);
    let mut rows = vec![row(["Path", "Type", "Description"])];
    if detailed {
        rows[0].extend(row(["Replication", "Options"]));
    }
    for (path, device) in MountRow::all(&devices) {
        let mut columns = row([path, &device.text("type"), &device.text("description")]);
        if detailed {
            columns.push(device.replication());
            columns.push(options(devices.get(path)));
        }
        rows.push(columns);
    }
    context.done(table(rows))
}

fn options(device: Option<&Value>) -> String {
    let options = device.and_then(|device| device.get("options")).and_then(Value::as_object);
    let pairs = options.into_iter().flatten().map(|(key, value)| format!("{key}={}", plain(value)));
    pairs.collect::<Vec<_>>().join(" ")
}
