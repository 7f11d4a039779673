//! `operator raft list-peers`: the members of the cluster.

use serde_json::Value;

use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
    gofmt::value::plain,
    output::{
        Format,
        columns::{row, table},
        print_secret,
    },
};

pub(crate) static COMMAND: Command = Command {
    path: "operator raft list-peers",
    arguments: "[options]",
    synopsis: "Return the Raft peer set",
    details: "Lists the members of the Raft cluster:\n\n    $ {program} operator raft list-peers",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let client = context.client(arguments)?;
    let secret = client
        .read("sys/storage/raft/configuration", &[])
        .map_err(Failure::doing("Error reading the raft cluster configuration"))?
        .ok_or_else(|| Failure::server("No raft cluster configuration found"))?;
    if context.screen.format != Format::Table {
        return print_secret(&mut context.screen, &secret);
    }
    let servers = secret.data.as_ref().and_then(|data| data.get("config")?.get("servers")?.as_array());
    let mut rows = vec![row(["Node", "Address", "State", "Voter"])];
    for server in servers.into_iter().flatten() {
        let text = |name: &str| server.get(name).map(plain).unwrap_or_default();
        let leads = server.get("leader") == Some(&Value::Bool(true));
        let state = if leads { "leader" } else { "follower" };
        rows.push(vec![text("node_id"), text("address"), state.to_owned(), text("voter")]);
    }
    context.done(table(rows))
}
