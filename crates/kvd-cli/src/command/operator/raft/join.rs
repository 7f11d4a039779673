//! `operator raft join`: a node that becomes a member of a cluster.

use serde_json::{Value, json};

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    gofmt::value::plain,
    input::file,
    output::columns::{row, table},
};

const CA_CERT: Flag =
    Flag::text("leader-ca-cert", "The authority of the leader's certificate: PEM, or @FILE.");
const CLIENT_CERT: Flag =
    Flag::text("leader-client-cert", "The certificate to show to the leader: PEM, or @FILE.");
const CLIENT_KEY: Flag = Flag::text("leader-client-key", "The key of that certificate: PEM, or @FILE.");
const NON_VOTER: Flag = Flag::switch("non-voter", "Follow without a vote.");
const RETRY: Flag = Flag::switch("retry", "Keep trying until it works.");

static FLAGS: FlagGroup =
    FlagGroup { title: "Command Options", flags: &[CA_CERT, CLIENT_CERT, CLIENT_KEY, NON_VOTER, RETRY] };

pub(crate) static COMMAND: Command = Command {
    path: "operator raft join",
    arguments: "[options] [LEADER-API-ADDR]",
    synopsis: "Join a node to the Raft cluster",
    details: "Makes the server a member of the cluster whose leader is named:\n\n    \
              $ {program} operator raft join https://10.0.0.2:8200",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let leader = arguments.at_most_one("0-1")?.unwrap_or_default().trim().trim_end_matches('/');
    let pem = |flag: &Flag, what: &str| match arguments.text(flag).strip_prefix('@') {
        Some(path) => file::read(path.as_ref())
            .map_err(|why| Failure::usage(format!("Failed to parse leader {what}: {why}"))),
        None => Ok(arguments.text(flag).to_owned()),
    };
    let body = json!({
        "leader_api_addr": leader,
        "leader_ca_cert": pem(&CA_CERT, "CA certificate")?,
        "leader_client_cert": pem(&CLIENT_CERT, "client certificate")?,
        "leader_client_key": pem(&CLIENT_KEY, "client key")?,
        "retry": arguments.bool(&RETRY),
        "non_voter": arguments.bool(&NON_VOTER),
    });
    let client = context.client(arguments)?;
    let answer = client
        .object(Request::post("sys/storage/raft/join").body(&body))
        .map_err(Failure::doing("Error joining the node to the Raft cluster"))?;
    if context.screen.document(&answer)? {
        return Ok(SUCCESS);
    }
    let joined = answer.get("joined").unwrap_or(&Value::Bool(false));
    context.done(table(vec![row(["Key", "Value"]), row(["Joined", &plain(joined)])]))
}
