//! `operator raft autopilot`: what a cluster thinks of its members' health, and by which rules.

use serde_json::{Map, Value, json};

use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    output::print_data,
};

pub(crate) static STATE: Command = Command {
    path: "operator raft autopilot state",
    arguments: "[options]",
    synopsis: "Display the state of the Raft cluster",
    details: "Shows the health of the members, as autopilot sees it:\n\n    \
              $ {program} operator raft autopilot state",
    flags: &[&common::OUTPUT_FORMAT],
    run: |context, arguments| show(context, arguments, "state", "Error checking autopilot state"),
};

pub(crate) static GET_CONFIG: Command = Command {
    path: "operator raft autopilot get-config",
    arguments: "[options]",
    synopsis: "Return the configuration of the autopilot",
    details: "Shows the rules of the autopilot:\n\n    $ {program} operator raft autopilot get-config",
    flags: &[&common::OUTPUT_FORMAT],
    run: |context, arguments| {
        show(context, arguments, "configuration", "Error reading autopilot configuration")
    },
};

const CLEANUP: Flag =
    Flag::text("cleanup-dead-servers", "Whether members that are gone are taken out: true or false.");
const CONTACT: Flag =
    Flag::duration("last-contact-threshold", "How long a member may be silent and still be healthy.");
const DEAD_CONTACT: Flag =
    Flag::duration("dead-server-last-contact-threshold", "How long a member is silent before it is gone.");
const LOGS: Flag =
    Flag::int("max-trailing-logs", 0, "How many entries a member may be behind and still be healthy.");
const QUORUM: Flag = Flag::int("min-quorum", 0, "How many voting members are never fallen below.");
const STABLE: Flag =
    Flag::duration("server-stabilization-time", "How long a member must be healthy before it may vote.");

static FLAGS: FlagGroup =
    FlagGroup { title: "Command Options", flags: &[CLEANUP, CONTACT, DEAD_CONTACT, LOGS, QUORUM, STABLE] };

pub(crate) static SET_CONFIG: Command = Command {
    path: "operator raft autopilot set-config",
    arguments: "[options]",
    synopsis: "Change the configuration of the autopilot",
    details: "Changes the rules that are named and keeps the others:\n\n    \
              $ {program} operator raft autopilot set-config -min-quorum=3",
    flags: &[&FLAGS],
    run: set_config,
};

fn set_config(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    no_arguments(arguments)?;
    let mut body = Map::new();
    if arguments.has(&CLEANUP) {
        body.insert("cleanup_dead_servers".to_owned(), json!(arguments.text(&CLEANUP) == "true"));
    }
    for (flag, name) in [
        (&CONTACT, "last_contact_threshold"),
        (&DEAD_CONTACT, "dead_server_last_contact_threshold"),
        (&STABLE, "server_stabilization_time"),
    ] {
        body.extend(arguments.duration(flag).map(|time| (name.to_owned(), json!(time.to_string()))));
    }
    for (flag, name) in [(&LOGS, "max_trailing_logs"), (&QUORUM, "min_quorum")] {
        body.extend(arguments.has(flag).then(|| (name.to_owned(), json!(arguments.int(flag)))));
    }
    let client = context.client(arguments)?;
    client.write("sys/storage/raft/autopilot/configuration", &Value::Object(body))?;
    Ok(SUCCESS)
}

fn no_arguments(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.positional.len() {
        0 => Ok(()),
        count => Err(Failure::usage(format!("Incorrect arguments (expected 0, got {count})"))),
    }
}

/// Shows one of the two documents; a server without Raft has neither, which Vault does not mention.
fn show(context: &mut Context<'_>, arguments: &Arguments, name: &str, doing: &str) -> Outcome {
    no_arguments(arguments)?;
    let client = context.client(arguments)?;
    let secret =
        client.read(&format!("sys/storage/raft/autopilot/{name}"), &[]).map_err(Failure::doing(doing))?;
    match secret.and_then(|secret| secret.data) {
        Some(data) => print_data(&mut context.screen, &data),
        None => Ok(SUCCESS),
    }
}
