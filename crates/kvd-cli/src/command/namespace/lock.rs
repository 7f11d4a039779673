//! `namespace lock` and `namespace unlock`: whether a namespace answers requests.

use serde_json::{Value, json};

use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    output::print_secret,
};

pub(crate) static COMMAND: Command = Command {
    path: "namespace lock",
    arguments: "[options] [PATH]",
    synopsis: "Lock the API of a namespace",
    details: "Has a namespace, and those inside it, refuse requests. The key that unlocks it is shown once. Without a\n\
              path it is the namespace of the command:\n\n    \
              $ {program} namespace lock team-a",
    flags: &[&common::OUTPUT_FORMAT],
    run: lock,
};

pub(crate) static UNLOCK: Command = Command {
    path: "namespace unlock",
    arguments: "[options] [PATH]",
    synopsis: "Unlock the API of a namespace",
    details: "Has a locked namespace answer again:\n\n    \
              $ {program} namespace unlock -unlock-key=KEY team-a",
    flags: &[&common::OUTPUT_FORMAT],
    run: unlock,
};

fn lock(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let path = path(arguments, "lock")?;
    let client = context.client(arguments)?;
    match client.write(&path, &Value::Null).map_err(Failure::doing("Error locking namespace"))? {
        Some(secret) => print_secret(&mut context.screen, &secret),
        None => Ok(SUCCESS),
    }
}

fn unlock(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let path = path(arguments, "unlock")?;
    let client = context.client(arguments)?;
    let body = json!({ "unlock_key": arguments.text(&common::UNLOCK_KEY) });
    client.write(&path, &body).map_err(Failure::doing("Error unlocking namespace"))?;
    Ok(SUCCESS)
}

fn path(arguments: &Arguments, verb: &str) -> Result<String, Failure> {
    let below = match arguments.at_most_one("0 or 1")? {
        Some(path) => format!("/{}/", path.trim_matches('/')),
        None => String::new(),
    };
    Ok(format!("sys/namespaces/api-lock/{verb}{below}"))
}
