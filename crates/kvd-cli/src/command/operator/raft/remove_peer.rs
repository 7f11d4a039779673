//! `operator raft remove-peer`: a member that leaves the cluster.

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

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let id = only(arguments, "Server id")?;
    let client = context.client(arguments)?;
    client
        .write("sys/storage/raft/remove-peer", &json!({ "server_id": id, "dr_operation_token": "" }))
        .map_err(Failure::doing("Error removing the peer from raft cluster"))?;
    context.done("Peer removed successfully!")
}
