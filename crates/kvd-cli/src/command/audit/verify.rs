//! `audit verify`: whether a log is as it was written. Reads files and asks no server.

use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    output::columns::{row, table},
};
use kvd_audit::{PublicKey, Report, VerifyError, chain_of, verify};
use serde_json::json;
use std::path::PathBuf;

const CHAIN: Flag =
    Flag::text("chain", "The chain of the log. Without the flag it is looked for beside the log.");
const KEY: Flag = Flag::text(
    "key",
    "The public key of the server, as \"read -field=public_key sys/audit-key\" prints it. Without the flag the key \
     that the chain names is trusted.",
);

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[CHAIN, KEY] };

pub(crate) static COMMAND: Command = Command {
    path: "audit verify",
    arguments: "[options] FILE",
    synopsis: "Verify that an audit log is as it was written",
    details: "Holds the log of a file audit device against its chain, which lies beside it, and names the first line \
              that was changed, moved, added or removed. It needs no server and no secret:\n\n    \
              $ {program} audit verify /var/log/audit.log\n\n\
              Whoever can write both files could make up a chain with a key of their own, so keep the key of the \
              server elsewhere and give it:\n\n    \
              $ {program} audit verify -key=\"$KEY\" /var/log/audit.log",
    flags: &[&common::OUTPUT_FORMAT, &FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [log] = arguments.exactly()?;
    let log = context.environment.expand(log.trim());
    let key = match arguments.text(&KEY) {
        "" => None,
        text => {
            Some(PublicKey::parse(text).ok_or_else(|| Failure::usage("The key is not 32 bytes in base64."))?)
        }
    };
    let chain = match arguments.text(&CHAIN) {
        "" => chain_of(&log).ok_or(VerifyError::NoChain),
        path => Ok(PathBuf::from(path)),
    };
    let shown = log.display();
    let report = chain
        .and_then(|chain| verify(&log, &chain, key))
        .map_err(|why| Failure::server(format!("{shown} does not verify: {why}")))?;
    if context.screen.document(&document(&report))? {
        return Ok(SUCCESS);
    }
    if key.is_none() {
        context
            .screen
            .warn("WARNING! The key is the one that the chain names; give -key to be sure whose it is.");
    }
    context.screen.line(format!("Success! {shown} is as it was written.\n"));
    context.done(table(rows(&report)))
}

fn rows(report: &Report) -> Vec<Vec<String>> {
    let mut rows = vec![row(["Key", "Value"])];
    let mut add = |name: &str, value: String| rows.push(row([name, &value]));
    add("Signed Lines", report.signed.to_string());
    add("Signed Until", report.until.to_string());
    add("Lines Not Yet Signed", report.unsigned.to_string());
    add("Lines Before The Chain", report.uncovered.to_string());
    for (time, lines) in &report.resumed {
        add("Resumed", format!("{time} with {lines} lines of before"));
    }
    add("Other Logs Of The Chain", report.others.to_string());
    add("Public Key", report.key.to_string());
    rows
}

fn document(report: &Report) -> serde_json::Value {
    let resumed =
        report.resumed.iter().map(|(time, lines)| json!({"time": time.to_string(), "lines": lines}));
    json!({
        "signed_lines": report.signed,
        "signed_until": report.until.to_string(),
        "unsigned_lines": report.unsigned,
        "lines_before_chain": report.uncovered,
        "resumed": resumed.collect::<Vec<_>>(),
        "other_logs": report.others,
        "public_key": report.key.to_string(),
    })
}
