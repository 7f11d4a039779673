//! `auth help`: how to log in with a method.

use crate::{
    client::Request,
    command::{Command, as_mount, login, trimmed},
    context::Context,
    failure::{Failure, Outcome},
    flags::Arguments,
    gofmt::quote::quote,
};

pub(crate) static COMMAND: Command = Command {
    path: "auth help",
    arguments: "[options] TYPE | PATH",
    synopsis: "Print how to log in with an auth method",
    details: "Shows how to log in with a type of auth method, or with the one at a path:\n\n    \
              $ {program} auth help userpass",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    if let Some(method) = login::method::find(argument.trim()) {
        return context.done(method.help.replace("{program}", context.program.name()));
    }
    let client = context.client(arguments)?;
    let mounts =
        client.data(Request::get("sys/auth")).map_err(Failure::doing("Error listing auth methods"))?;
    let path = as_mount(trimmed(argument));
    let Some(mount) = mounts.get(&path) else {
        return Err(Failure::usage(format!("No auth method available on the server at {}", quote(&path))));
    };
    let kind = mount.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
    match login::method::find(kind) {
        Some(method) => context.done(method.help.replace("{program}", context.program.name())),
        None => Err(Failure::server(format!(
            "No method-specific CLI handler available for auth method {}",
            quote(kind)
        ))),
    }
}
