//! `status`: whether the server is sealed.

use serde_json::{Map, Value, json};

use crate::{
    client::{Client, ClientError, Request},
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SERVER, SUCCESS, USAGE},
    flags::{Arguments, common},
    gofmt::value::plain,
    output::columns::{row, table},
};

pub(crate) static COMMAND: Command = Command {
    path: "status",
    arguments: "[options]",
    synopsis: "Print seal and HA status",
    details: "Shows whether the server is sealed. The exit status says it too: 0 unsealed, 1 error, 2 sealed.",
    flags: &[&common::OUTPUT_FORMAT],
    run: |context, arguments| run(context, arguments).map_err(|failure| failure.exiting(USAGE)),
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let mut client = context.client(arguments)?;
    // The seal belongs to the whole server, so it is asked about outside of any namespace.
    client.leave_namespace();
    let status = client
        .object(Request::get("sys/seal-status"))
        .map_err(Failure::doing("Error checking seal status"))?;
    let sealed = status.get("sealed") == Some(&Value::Bool(true));
    show_seal_status(context, &client, status)?;
    Ok(if sealed { SERVER } else { SUCCESS })
}

/// Shows a seal status, with what is known about the leader.
pub(super) fn show_seal_status(
    context: &mut Context<'_>,
    client: &Client,
    mut status: Map<String, Value>,
) -> Outcome {
    let leader = match client.object(Request::get("sys/leader")) {
        // A sealed member of a cluster cannot say who leads it.
        Err(ClientError::Api(error)) if error.to_string().contains("Vault is sealed") => {
            Map::from_iter([("ha_enabled".to_owned(), json!(true))])
        }
        other => other
            .map_err(Failure::doing("Error checking leader status"))
            .map_err(|failure| failure.exiting(USAGE))?,
    };
    // What is zero or empty about the leader is left out of the document.
    let shown = |(key, value): &(String, Value)| {
        key == "ha_enabled"
            || !(value == &json!(false)
                || value == &json!(0)
                || value == &json!("")
                || value.as_str().is_some_and(|time| time.starts_with("0001-")))
    };
    let known = ["ha_enabled", "is_self", "active_time", "leader_address", "leader_cluster_address"];
    let raft = ["raft_committed_index", "raft_applied_index"];
    let wanted = |key: &str| known.contains(&key) || raft.contains(&key);
    status.extend(leader.into_iter().filter(|(key, _)| wanted(key)).filter(shown));
    if !context.screen.document(&status)? {
        context.screen.line(table(rows(&status)));
    }
    Ok(SUCCESS)
}

fn rows(status: &Map<String, Value>) -> Vec<Vec<String>> {
    let text = |key: &str| status.get(key).filter(|value| !value.is_null()).map(plain).unwrap_or_default();
    let truth = |key: &str| status.get(key) == Some(&Value::Bool(true));
    let mut rows = vec![row(["Key", "Value"]), row(["Seal Type", &text("type")])];
    let mut add = |key: &str, value: String| rows.push(vec![key.to_owned(), value]);

    let recovery = truth("recovery_seal");
    if recovery {
        add("Recovery Seal Type", text("recovery_seal_type"));
    }
    add("Initialized", truth("initialized").to_string());
    add("Sealed", truth("sealed").to_string());
    add(if recovery { "Total Recovery Shares" } else { "Total Shares" }, text("n"));
    add("Threshold", text("t"));
    if truth("sealed") {
        add("Unseal Progress", format!("{}/{}", text("progress"), text("t")));
        add("Unseal Nonce", text("nonce"));
    }
    if truth("migration") {
        add("Seal Migration in Progress", "true".to_owned());
    }
    for (key, field) in [
        ("Version", "version"),
        ("Build Date", "build_date"),
        ("Storage Type", "storage_type"),
        ("Cluster Name", "cluster_name"),
        ("Cluster ID", "cluster_id"),
    ] {
        if !text(field).is_empty() {
            add(key, text(field));
        }
    }
    add("HA Enabled", truth("ha_enabled").to_string());
    if truth("ha_enabled") && !truth("sealed") {
        add("HA Cluster", text("leader_cluster_address"));
        add("HA Mode", if truth("is_self") { "active" } else { "standby" }.to_owned());
        if truth("is_self") && !text("active_time").is_empty() {
            add("Active Since", text("active_time"));
        }
        if !truth("is_self") && !text("leader_address").is_empty() {
            add("Active Node Address", text("leader_address"));
        }
    }
    for (key, field) in
        [("Raft Committed Index", "raft_committed_index"), ("Raft Applied Index", "raft_applied_index")]
    {
        if !text(field).is_empty() {
            add(key, text(field));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_server_shows_its_progress_and_a_standby_its_leader() {
        let check = |status: Value, expected: &[&str]| {
            let Value::Object(status) = status else { return };
            let keys: Vec<_> = rows(&status).into_iter().skip(1).map(|row| row.join("=")).collect();
            assert_eq!(keys, expected);
        };
        check(
            json!({"type": "shamir", "initialized": true, "sealed": true, "n": 3, "t": 2, "progress": 1, "nonce": "x",
                   "version": "1.0.0", "ha_enabled": false}),
            &[
                "Seal Type=shamir",
                "Initialized=true",
                "Sealed=true",
                "Total Shares=3",
                "Threshold=2",
                "Unseal Progress=1/2",
                "Unseal Nonce=x",
                "Version=1.0.0",
                "HA Enabled=false",
            ],
        );
        check(
            json!({"type": "shamir", "initialized": true, "sealed": false, "n": 1, "t": 1, "ha_enabled": true,
                   "leader_address": "http://l", "leader_cluster_address": "https://c", "raft_applied_index": 7}),
            &[
                "Seal Type=shamir",
                "Initialized=true",
                "Sealed=false",
                "Total Shares=1",
                "Threshold=1",
                "HA Enabled=true",
                "HA Cluster=https://c",
                "HA Mode=standby",
                "Active Node Address=http://l",
                "Raft Applied Index=7",
            ],
        );
    }
}
