//! `kv metadata get`: the limits of a secret and its versions, one table each.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{super::written::path_block, MOUNT, locate};
use crate::{
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, FlagGroup, common},
    output::{Format, heading::heading_for, print_data, print_secret, print_warnings},
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT] };

pub(crate) static COMMAND: Command = Command {
    path: "kv metadata get",
    arguments: "[options] KEY",
    synopsis: "Retrieve the metadata of a secret",
    details: "Shows the limits of a secret and all its versions:\n\n    \
              $ {program} kv metadata get -mount=secret foo",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (client, path) = locate(context, arguments)?;
    let mut secret = client
        .read(&path, &[])
        .map_err(Failure::doing(format!("Error reading {path}")))?
        .ok_or_else(|| Failure::server(format!("No value found at {path}")))?;
    if secret.wrap_info.is_some() || context.screen.format != Format::Table {
        return print_secret(&mut context.screen, &secret);
    }
    let versions = secret.data.as_mut().and_then(|data| data.remove("versions"));
    let Some(Value::Object(versions)) = versions else {
        return Err(Failure::Message {
            status: crate::failure::SERVER,
            text: format!("No value found at {path}"),
            secret: Some(Box::new(secret)),
        });
    };
    let limits = secret.data.take().unwrap_or_default();
    path_block(context, "Metadata Path", &path);
    context.screen.line(heading_for("Metadata", &limits));
    print_warnings(&mut context.screen, &secret);
    print_data(&mut context.screen, &limits)?;
    for (number, version) in by_number(&versions)? {
        context.screen.line("");
        context.screen.line(heading_for(&format!("Version {number}"), version));
        print_data(&mut context.screen, version)?;
    }
    Ok(SUCCESS)
}

fn by_number(versions: &Map<String, Value>) -> Result<BTreeMap<u64, &Map<String, Value>>, Failure> {
    let mut sorted = BTreeMap::new();
    for (key, version) in versions {
        let number = key.parse().map_err(|_| Failure::server(format!("Error parsing version {key}")))?;
        if let Value::Object(version) = version {
            sorted.insert(number, version);
        }
    }
    Ok(sorted)
}
