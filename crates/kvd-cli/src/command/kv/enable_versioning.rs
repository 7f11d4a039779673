//! `kv enable-versioning`: version 1 becomes version 2.

use serde_json::json;

use crate::{
    client::Request,
    command::{Command, as_mount, trimmed},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, common},
};

pub(crate) static COMMAND: Command = Command {
    path: "kv enable-versioning",
    arguments: "[options] PATH",
    synopsis: "Turn on versioning for a mount",
    details: "Turns a mount of version 1 into one of version 2. There is no way back:\n\n    \
              $ {program} kv enable-versioning secret",
    flags: &[&common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mount = as_mount(trimmed(argument));
    let request =
        Request::post(format!("sys/mounts/{mount}tune")).body(&json!({ "options": { "version": "2" } }));
    client.send(request).map_err(Failure::doing(format!("Error tuning secrets engine {mount}")))?;
    context.done(format!("Success! Tuned the secrets engine at: {mount}"))
}
