//! `kv diff`: what changed between two versions of a secret.

use serde_json::{Map, Value, json};

use super::{MOUNT, Target, Version};
use crate::{
    client::Client,
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    gofmt::value::plain,
    output::columns::columns,
};

const FROM: Flag = Flag::int("from", 0, "The older version. Without the flag it is the one before -to.");
const TO: Flag = Flag::int("to", 0, "The newer version. Without the flag it is the newest.");
const NAMES_ONLY: Flag = Flag::switch("names-only", "Show which keys changed, and no values.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[FROM, MOUNT, NAMES_ONLY, TO] };

pub(crate) static COMMAND: Command = Command {
    path: "kv diff",
    arguments: "[options] KEY",
    synopsis: "Show what changed between two versions",
    details: "Compares two versions of a secret key by key. Only version 2 has versions:\n\n    \
              $ {program} kv diff -mount=secret foo\n    \
              $ {program} kv diff -mount=secret -from=2 -to=5 foo",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    if target.version == Version::One {
        return Err(Failure::server("K/V engine mount must be version 2 for diff support"));
    }
    let path = target.at("data");
    let (newer, to) = read(&client, &path, arguments.int(&TO))?;
    let from = if arguments.int(&FROM) > 0 { arguments.int(&FROM) } else { to - 1 };
    // Before the first version there was nothing.
    let older = if from > 0 { read(&client, &path, from)?.0 } else { Map::new() };
    let changes = changes(&older, &newer);
    let names_only = arguments.bool(&NAMES_ONLY);
    let document = changes.iter().map(|change| change.document(names_only)).collect::<Vec<_>>();
    if context.screen.document(&json!({ "from": from, "to": to, "changes": document }))? {
        return Ok(SUCCESS);
    }
    if changes.is_empty() {
        return context.done(format!("No changes between version {from} and version {to} of {path}"));
    }
    context.screen.line(format!("--- {path} version {from}\n+++ {path} version {to}"));
    context.done(columns(&changes.iter().flat_map(|change| change.rows(names_only)).collect::<Vec<_>>()))
}

/// One key that differs.
struct Change<'a> {
    key: &'a str,
    old: Option<&'a Value>,
    new: Option<&'a Value>,
}

/// The data of a version and its number; 0 asks for the newest.
fn read(client: &Client, path: &str, version: i64) -> Result<(Map<String, Value>, i64), Failure> {
    let query: Vec<_> =
        if version > 0 { vec![("version".to_owned(), version.to_string())] } else { Vec::new() };
    let mut data = client
        .read(path, &query)
        .map_err(Failure::doing(format!("Error reading {path}")))?
        .and_then(|secret| secret.data)
        .ok_or_else(|| Failure::server(format!("No value found at {path}")))?;
    let number =
        data.get("metadata").and_then(|metadata| metadata.get("version")?.as_i64()).unwrap_or(version);
    match data.remove("data") {
        Some(Value::Object(data)) => Ok((data, number)),
        Some(_) | None => Err(Failure::server(format!(
            "Version {number} of {path} is deleted or destroyed, so there is nothing to compare"
        ))),
    }
}

fn changes<'a>(older: &'a Map<String, Value>, newer: &'a Map<String, Value>) -> Vec<Change<'a>> {
    let mut keys: Vec<&String> = older.keys().chain(newer.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let change = |key: &'a String| Change { key, old: older.get(key), new: newer.get(key) };
    keys.into_iter().map(change).filter(|change| change.old != change.new).collect()
}

impl Change<'_> {
    fn document(&self, names_only: bool) -> Value {
        let kind = match (self.old, self.new) {
            (None, _) => "added",
            (Some(_), None) => "removed",
            (Some(_), Some(_)) => "changed",
        };
        let mut document = json!({ "key": self.key, "change": kind });
        if !names_only && let Some(fields) = document.as_object_mut() {
            fields.extend(
                [("old", self.old), ("new", self.new)]
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?.clone()))),
            );
        }
        document
    }

    fn rows(&self, names_only: bool) -> Vec<Vec<String>> {
        let row = |sign: &str, value: &Value| {
            let key = format!("{sign} {}", self.key);
            if names_only { vec![key] } else { vec![key, plain(value)] }
        };
        self.old.map(|old| row("-", old)).into_iter().chain(self.new.map(|new| row("+", new))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_differ_are_changes() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let (older, newer) =
            (map(json!({"a": "1", "b": "2", "c": "3"})), map(json!({"a": "1", "b": "x", "d": 4})));
        let found: Vec<_> = changes(&older, &newer).iter().map(|change| change.document(false)).collect();
        assert_eq!(
            json!(found),
            json!([
                {"key": "b", "change": "changed", "old": "2", "new": "x"},
                {"key": "c", "change": "removed", "old": "3"},
                {"key": "d", "change": "added", "new": 4},
            ])
        );
    }
}
