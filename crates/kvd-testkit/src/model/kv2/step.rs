//! One random operation, and what the model makes of it.

use super::{Data, Kv2, Metadata, Refusal, shown};
use crate::SeededEntropy;
use kvd_types::{
    Operation::{self, Delete, Patch, Write},
    Timestamp,
};
use std::collections::BTreeMap;

/// The paths that are played with: secrets, folders, and both at once.
pub(super) const KEYS: [&str; 5] = ["a", "a/b", "a/c", "d/e/f", "g"];

/// Something to be asked of a mount.
#[derive(Debug)]
pub(super) enum Step {
    /// A call, with the status and a piece of the text that must come back.
    Call { operation: Operation, path: String, body: String, status: u16, piece: String },
    /// Time passes.
    Wait { seconds: u64 },
}

/// Chooses a step and does it to the model.
pub(super) fn draw(dice: &SeededEntropy, model: &mut Kv2, now: Timestamp) -> Step {
    let key = *dice.pick(&KEYS);
    match dice.below(13) {
        0..5 => {
            let (data, cas) = (data(dice), cas(dice, model, key));
            let body = format!("{{\"data\":{}{}}}", shown::data(&data), options(cas));
            let made = model.write(key, data, cas, now);
            written(Write, key, body, made)
        }
        5 => {
            let cas = cas(dice, model, key);
            let changes: BTreeMap<String, Option<i64>> = data(dice)
                .into_iter()
                .map(|(name, value)| (name, (value % 2 == 0).then_some(value)))
                .collect();
            let body = format!("{{\"data\":{}{}}}", members(&changes), options(cas));
            let made = model.patch(key, &changes, cas, now);
            written(Patch, key, body, made)
        }
        6 => {
            model.delete_newest(key, now);
            empty(Delete, format!("data/{key}"), String::new())
        }
        7 => {
            let versions = versions(dice, model, key);
            let verb = *dice.pick(&["delete", "undelete", "destroy"]);
            match verb {
                "delete" => model.delete(key, &versions, now),
                "undelete" => model.undelete(key, &versions, now),
                _ => model.destroy(key, &versions),
            }
            empty(Write, format!("{verb}/{key}"), format!("{{\"versions\":{versions:?}}}"))
        }
        8 | 9 => metadata(dice, model, key, now),
        10 if one_in(dice, 3) => {
            model.secrets.remove(key);
            empty(Delete, format!("metadata/{key}"), String::new())
        }
        11 if one_in(dice, 3) => config(dice, model),
        _ => Step::Wait { seconds: dice.below(8) },
    }
}

fn metadata(dice: &SeededEntropy, model: &mut Kv2, key: &str, now: Timestamp) -> Step {
    let is_patch = one_in(dice, 2);
    let changes = Metadata {
        max_versions: one_in(dice, 2).then(|| *dice.pick(&[0, 1, 3, 100])),
        delete_version_after: one_in(dice, 2).then(|| *dice.pick(&[0, 0, 5, 50])),
        cas_required: Some(one_in(dice, 8)),
        custom: match (is_patch, dice.below(3)) {
            (true, 0) => BTreeMap::from([("o".to_owned(), None)]),
            (_, 1) => BTreeMap::from([("o".to_owned(), Some(format!("me {}", dice.below(10))))]),
            _ => BTreeMap::new(),
        },
    };
    let number = |name, value: Option<i64>| value.map(|n| format!("\"{name}\":{n}"));
    let given = [
        number("max_versions", changes.max_versions.map(u64::cast_signed)),
        number("delete_version_after", changes.delete_version_after),
        changes.cas_required.map(|cas| format!("\"cas_required\":{cas}")),
        (!changes.custom.is_empty()).then(|| format!("\"custom_metadata\":{}", texts(&changes.custom))),
    ];
    let body = format!("{{{}}}", given.into_iter().flatten().collect::<Vec<_>>().join(","));
    let was_there = model.write_metadata(key, &changes, is_patch, now);
    let status = match (is_patch && !was_there, model.cas_required && changes.cas_required == Some(false)) {
        (true, _) => 404,
        // With a warning that the mount insists.
        (false, true) => 200,
        (false, false) => 204,
    };
    let operation = if is_patch { Patch } else { Write };
    Step::Call { operation, path: format!("metadata/{key}"), body, status, piece: String::new() }
}

fn config(dice: &SeededEntropy, model: &mut Kv2) -> Step {
    let (max, after) = (*dice.pick(&[0, 2, 70, 150]), *dice.pick(&[0, 0, -1, 20]));
    let cas = one_in(dice, 6);
    model.max_versions = max;
    model.delete_version_after = after;
    model.cas_required = cas;
    let body = format!("{{\"max_versions\":{max},\"delete_version_after\":{after},\"cas_required\":{cas}}}");
    empty(Write, "config".to_owned(), body)
}

fn empty(operation: Operation, path: String, body: String) -> Step {
    Step::Call { operation, path, body, status: 204, piece: String::new() }
}

fn written(operation: Operation, key: &str, body: String, made: Result<u64, Refusal>) -> Step {
    let (status, piece) = match made {
        Ok(number) => (200, format!("\"version\":{number}}}")),
        Err(Refusal::CasRequired) => (400, "required for this call".to_owned()),
        Err(Refusal::CasMismatch) => (400, "did not match".to_owned()),
        Err(Refusal::Missing) => (404, String::new()),
        Err(Refusal::Hidden) => (404, "\"version\":".to_owned()),
    };
    Step::Call { operation, path: format!("data/{key}"), body, status, piece }
}

fn one_in(dice: &SeededEntropy, many: u64) -> bool {
    dice.below(many) == 0
}

fn data(dice: &SeededEntropy) -> Data {
    (0..dice.below(3)).map(|i| (format!("n{i}"), dice.below(100).cast_signed())).collect()
}

fn cas(dice: &SeededEntropy, model: &Kv2, key: &str) -> Option<u64> {
    let current = model.secrets.get(key).map_or(0, |s| s.current);
    match dice.below(4) {
        0 => Some(current),
        1 => Some(dice.below(4)),
        _ => None,
    }
}

fn versions(dice: &SeededEntropy, model: &Kv2, key: &str) -> Vec<u64> {
    let current = model.secrets.get(key).map_or(0, |s| s.current);
    (0..=dice.below(3)).map(|_| dice.below(current + 2)).collect()
}

fn options(cas: Option<u64>) -> String {
    cas.map_or_else(String::new, |n| format!(",\"options\":{{\"cas\":{n}}}"))
}

fn members(changes: &BTreeMap<String, Option<i64>>) -> String {
    let text = |value: &Option<i64>| value.map_or_else(|| "null".to_owned(), |v| v.to_string());
    let members: Vec<String> = changes.iter().map(|(name, v)| format!("\"{name}\":{}", text(v))).collect();
    format!("{{{}}}", members.join(","))
}

fn texts(custom: &BTreeMap<String, Option<String>>) -> String {
    let text =
        |value: &Option<String>| value.as_ref().map_or_else(|| "null".to_owned(), |v| format!("\"{v}\""));
    let members: Vec<String> = custom.iter().map(|(name, v)| format!("\"{name}\":{}", text(v))).collect();
    format!("{{{}}}", members.join(","))
}
