//! `operator members`: the members of the cluster.

use serde_json::Value;

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Outcome, SUCCESS},
    flags::{Arguments, common},
    gofmt::value::plain,
    output::columns::{row, table},
};

pub(crate) static COMMAND: Command = Command {
    path: "operator members",
    arguments: "[options]",
    synopsis: "Return the list of nodes in the cluster",
    details: "Lists the members of the cluster:\n\n    $ {program} operator members",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let client = context.client(arguments)?;
    let answer = client.object(Request::get("sys/ha-status"))?;
    // Servers differ in whether the list is wrapped in the usual envelope.
    let nodes = answer.get("nodes").or_else(|| answer.get("data").and_then(|data| data.get("nodes")));
    let nodes = nodes.cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    if context.screen.document(&serde_json::json!({ "Nodes": nodes }))? {
        return Ok(SUCCESS);
    }
    let headings = [
        "Host Name",
        "API Address",
        "Cluster Address",
        "Active Node",
        "Version",
        "Upgrade Version",
        "Last Echo",
    ];
    let mut rows = vec![row(headings)];
    for node in nodes.as_array().into_iter().flatten() {
        let fields = [
            "hostname",
            "api_address",
            "cluster_address",
            "active_node",
            "version",
            "upgrade_version",
            "last_echo",
        ];
        let text =
            |name: &str| node.get(name).filter(|value| !value.is_null()).map(plain).unwrap_or_default();
        rows.push(fields.into_iter().map(text).collect());
    }
    context.done(table(rows))
}
