//! `kv copy` and `kv move`: secrets at another path, with their history.

use serde_json::{Map, Value, json};

use super::{MOUNT, Target, Version};
use crate::{
    client::Client,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup},
    output::progress::Progress,
};

const NEWEST_ONLY: Flag = Flag::switch("newest-only", "Leave the older versions behind.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT, NEWEST_ONLY] };

pub(crate) static COMMAND: Command = Command {
    path: "kv copy",
    arguments: "[options] SOURCE DESTINATION",
    synopsis: "Copy secrets with their history",
    details: "Writes all versions of a secret that can be read, oldest first, and its metadata to another path, where\n\
              nothing may be yet. A source that ends in a slash is a folder, and everything below it is copied:\n\n    \
              $ {program} kv copy secret/app/db archive/app/db\n    \
              $ {program} kv copy -mount=secret staging/ prod/",
    flags: &[&FLAGS],
    run: |context, arguments| run(context, arguments, false),
};

pub(crate) static MOVE: Command = Command {
    path: "kv move",
    arguments: "[options] SOURCE DESTINATION",
    synopsis: "Move secrets with their history",
    details: "Like \"kv copy\", and then removes the source with all its versions. Versions that are deleted or\n\
              destroyed cannot be read, so they do not come along:\n\n    \
              $ {program} kv move secret/app/db secret/app/database",
    flags: &[&FLAGS],
    run: |context, arguments| run(context, arguments, true),
};

fn run(context: &mut Context<'_>, arguments: &Arguments, moves: bool) -> Outcome {
    let [from, to] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mount = arguments.text(&MOUNT);
    let source = Target::resolve(&client, mount, from)?;
    let destination = Target::resolve(&client, mount, to)?;
    let secrets: Vec<(Target, Target)> = if from.ends_with('/') {
        let names = names(&client, &source)?;
        names.iter().map(|name| (source.below(name), destination.below(name))).collect()
    } else {
        vec![(source, destination)]
    };
    let mut left_out = 0;
    let mut progress = Progress::start(&mut context.screen, "Copying", secrets.len());
    for (source, destination) in &secrets {
        let copied = copy(&client, source, destination, arguments.bool(&NEWEST_ONLY));
        match copied {
            Ok(behind) => left_out += behind,
            Err(failure) => {
                progress.finish(&mut context.screen);
                return Err(failure);
            }
        }
        if moves {
            let path = source.at("metadata");
            client.delete(&path, &[]).map_err(Failure::doing(format!("Error deleting {path}")))?;
        }
        progress.step(&mut context.screen);
    }
    progress.finish(&mut context.screen);
    if left_out > 0 {
        context.screen.warn(format!(
            "{left_out} version{} could not be read, because deleted or destroyed, and did not come along.",
            if left_out == 1 { "" } else { "s" }
        ));
    }
    let (verb, all) = (if moves { "Moved" } else { "Copied" }, secrets.len());
    context.done(format!("Success! {verb} {all} secret{} to: {to}", if all == 1 { "" } else { "s" }))
}

/// The names of all secrets below a folder.
fn names(client: &Client, folder: &Target) -> Result<Vec<String>, Failure> {
    let path = folder.at("metadata");
    let answer = client.scan(&path, &[]).map_err(Failure::doing(format!("Error scanning {path}")))?;
    let keys = answer.as_ref().and_then(|secret| secret.keys());
    let keys = keys.ok_or_else(|| Failure::server(format!("No entries found at {path}")))?;
    let names = keys.iter().filter_map(Value::as_str).filter(|name| !name.ends_with('/'));
    Ok(names.map(str::to_owned).collect())
}

/// Copies one secret; how many versions could not come along.
fn copy(client: &Client, source: &Target, destination: &Target, newest_only: bool) -> Result<usize, Failure> {
    refuse_taken(client, destination)?;
    let path = source.at("data");
    let (numbers, settings) = match source.version {
        Version::One => (vec![None], None),
        Version::Two => {
            let metadata = metadata(client, source)?;
            (numbers(&metadata).into_iter().map(Some).collect(), Some(metadata))
        }
    };
    let mut versions = Vec::with_capacity(numbers.len());
    for number in &numbers {
        versions.extend(read(client, source, &path, *number)?);
    }
    let left_out = numbers.len() - versions.len();
    if newest_only {
        versions = versions.pop().into_iter().collect();
    }
    if versions.is_empty() {
        return Err(Failure::server(format!("No data found at {path}")));
    }
    // Before the versions, because how long a version lives is settled when it is written.
    if let (Version::Two, Some(metadata)) = (destination.version, &settings) {
        copy_settings(client, destination, metadata)?;
    }
    let to = destination.at("data");
    for (count, data) in versions.into_iter().enumerate() {
        // Each write must find what the last one left, so that nobody else's version gets between.
        let body = match destination.version {
            Version::One => Value::Object(data),
            Version::Two => json!({ "data": data, "options": { "cas": count } }),
        };
        client.write(&to, &body).map_err(Failure::doing(format!("Error writing data to {to}")))?;
    }
    Ok(left_out)
}

/// A copy never replaces anything.
fn refuse_taken(client: &Client, destination: &Target) -> Result<(), Failure> {
    let path = destination.at("metadata");
    let found = client.read(&path, &[]).map_err(Failure::doing(format!("Error reading {path}")))?;
    match found {
        Some(_) => Err(Failure::server(format!("There is a secret at {path} already"))),
        None => Ok(()),
    }
}

fn metadata(client: &Client, source: &Target) -> Result<Map<String, Value>, Failure> {
    let path = source.at("metadata");
    client
        .read(&path, &[])
        .map_err(Failure::doing(format!("Error reading {path}")))?
        .and_then(|secret| secret.data)
        .ok_or_else(|| Failure::server(format!("No value found at {path}")))
}

/// Gives the destination the limits and notes of the source.
fn copy_settings(
    client: &Client,
    destination: &Target,
    metadata: &Map<String, Value>,
) -> Result<(), Failure> {
    let settings = ["cas_required", "custom_metadata", "delete_version_after", "max_versions"];
    let wanted = settings.into_iter().filter_map(|name| {
        Some((name.to_owned(), metadata.get(name).filter(|value| !value.is_null())?.clone()))
    });
    let path = destination.at("metadata");
    let body = Value::Object(wanted.collect());
    client.write(&path, &body).map_err(Failure::doing(format!("Error writing data to {path}")))?;
    Ok(())
}

/// The numbers of the versions, in order.
fn numbers(metadata: &Map<String, Value>) -> Vec<i64> {
    let versions = metadata.get("versions").and_then(Value::as_object);
    let mut numbers: Vec<i64> =
        versions.into_iter().flatten().filter_map(|(key, _)| key.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

/// The data of a version; none when it is deleted or destroyed.
fn read(
    client: &Client,
    source: &Target,
    path: &str,
    version: Option<i64>,
) -> Result<Option<Map<String, Value>>, Failure> {
    let query: Vec<_> = version.iter().map(|number| ("version".to_owned(), number.to_string())).collect();
    let mut data = client
        .read(path, &query)
        .map_err(Failure::doing(format!("Error reading {path}")))?
        .and_then(|secret| secret.data)
        .ok_or_else(|| Failure::server(format!("No value found at {path}")))?;
    match source.version {
        Version::One => Ok(Some(data)),
        Version::Two => match data.remove("data") {
            Some(Value::Object(data)) => Ok(Some(data)),
            Some(_) | None => Ok(None),
        },
    }
}
