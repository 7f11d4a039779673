//! `operator raft remove-peer`, `promote` and `demote`: what a member is in the cluster.

use serde_json::json;

use super::only;
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
};

pub(crate) static COMMAND: Command = Command {
    path: "operator raft remove-peer",
    arguments: "[options] SERVER-ID",
    synopsis: "Remove a node from the Raft cluster",
    details: "Takes a member out of the cluster for good:\n\n    $ {program} operator raft remove-peer node2",
    flags: &[],
    run,
};

pub(crate) static PROMOTE: Command = Command {
    path: "operator raft promote",
    arguments: "[options] SERVER-ID",
    synopsis: "Give a node of the Raft cluster a vote",
    details: "Lets a member vote that follows without a vote:\n\n    $ {program} operator raft promote node2",
    flags: &[],
    run: |context, arguments| {
        change(context, arguments, "promote", "Error promoting server", "Peer promoted successfully!")
    },
};

pub(crate) static DEMOTE: Command = Command {
    path: "operator raft demote",
    arguments: "[options] SERVER-ID",
    synopsis: "Take the vote from a node of the Raft cluster",
    details: "Makes a member follow without a vote:\n\n    $ {program} operator raft demote node2",
    flags: &[],
    run: |context, arguments| {
        change(context, arguments, "demote", "Error demoting server", "Peer demoted successfully!")
    },
};

fn change(context: &mut Context<'_>, arguments: &Arguments, verb: &str, doing: &str, done: &str) -> Outcome {
    let id = only(arguments, "Server id")?;
    let client = context.client(arguments)?;
    client
        .write(&format!("sys/storage/raft/{verb}"), &json!({ "server_id": id }))
        .map_err(Failure::doing(doing))?;
    context.done(done)
}

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let id = only(arguments, "Server id")?;
    let client = context.client(arguments)?;
    client
        .write("sys/storage/raft/remove-peer", &json!({ "server_id": id, "dr_operation_token": "" }))
        .map_err(Failure::doing("Error removing the peer from raft cluster"))?;
    context.done("Peer removed successfully!")
}
