//! `kv put`: a new version of a secret.

use serde_json::{Value, json};

use super::{MOUNT, Target, Version, written};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
    input::pairs,
};

const CAS: Flag = Flag::int(
    "cas",
    -1,
    "Write only if the newest version is this one; 0 writes only if there is none. -1 writes in any case.",
);

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[CAS, MOUNT] };

pub(crate) static COMMAND: Command = Command {
    path: "kv put",
    arguments: "[options] KEY [DATA]",
    synopsis: "Write a secret",
    details: "Writes data to a path. What was there before is replaced, in version 2 by a new version:\n\n    \
              $ {program} kv put -mount=secret foo bar=baz\n\n\
              Values can come from a file with \"@\" or from the standard input with \"-\", and so can all of the\n\
              data, as a JSON object:\n\n    \
              $ {program} kv put -mount=secret foo cert=@cert.pem\n    \
              $ echo '{\"bar\": \"baz\"}' | {program} kv put -mount=secret foo -",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (argument, pairs) = arguments.first_and_rest(">1")?;
    if pairs.is_empty() {
        return Err(Failure::usage("Must supply data"));
    }
    let client = context.client(arguments)?;
    let data = pairs::parse(&mut context.input, pairs)
        .map_err(|why| Failure::usage(format!("Failed to parse K=V data: {why}")))?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    let cas = Some(arguments.int(&CAS)).filter(|version| *version > -1);
    let body = match target.version {
        Version::One => Value::Object(data),
        Version::Two => json!({ "data": data, "options": options(cas) }),
    };
    let path = target.at("data");
    let secret =
        client.write(&path, &body).map_err(Failure::doing(format!("Error writing data to {path}")))?;
    written::show(context, arguments, &path, secret)
}

/// The options of a write: the version that must be the newest, if one is named.
pub(super) fn options(cas: Option<i64>) -> Value {
    match cas {
        Some(version) => json!({ "cas": version }),
        None => json!({}),
    }
}
