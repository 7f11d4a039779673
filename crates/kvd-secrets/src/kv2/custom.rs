//! Custom metadata: names and texts that a user hangs on a secret, within bounds.

use kvd_backend::Input;
use kvd_json::{Kind, ObjectRef, Value, Writer};
use kvd_types::{Fault, is_printable};
use std::{borrow::Cow, collections::BTreeMap, fmt::Write};

/// Most names.
const MAX_NAMES: usize = 64;
/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 128;
/// Longest text, in bytes.
const MAX_TEXT_BYTES: usize = 512;

const REFUSED: &str = "custom_metadata validation failed";

/// Names and texts; `None` for a name that a patch takes away.
type Custom = BTreeMap<String, Option<String>>;

/// What is to be done to the custom metadata of a secret.
pub(super) enum Change {
    /// It becomes this.
    Replace(Custom),
    /// These names change.
    Merge(Custom),
}

impl Change {
    /// The member `custom_metadata` of a body; `null` takes all names away.
    pub(super) fn parse(input: Input<'_>, is_patch: bool) -> Result<Option<Self>, Fault> {
        let Some(object) = input.object("custom_metadata")?.and_then(Value::as_object) else {
            return Ok(input.has("custom_metadata").then(|| Self::Replace(Custom::new())));
        };
        let mut custom = Custom::new();
        for (name, value) in object.iter() {
            // Without a patch, `null` is an empty text.
            let text = if value.is_null() && is_patch { None } else { Some(text(&name, value)?) };
            custom.insert(name.into_owned(), text);
        }
        check(&custom)?;
        Ok(Some(if is_patch { Self::Merge(custom) } else { Self::Replace(custom) }))
    }

    /// The record that comes of the change to the one `before`: canonical JSON, or nothing when there are no names.
    ///
    /// # Errors
    /// When the names become too many.
    pub(super) fn apply(&self, before: Option<&str>) -> Result<Option<String>, Fault> {
        let changes = match self {
            Self::Replace(custom) => return Ok(record(custom)),
            Self::Merge(changes) => changes,
        };
        let before = before.and_then(|text| Value::from_stored(text.as_bytes()).ok());
        let mut merged: Custom = before
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(ObjectRef::iter)
            .map(|(name, text)| (name.into_owned(), text.as_str().map(Cow::into_owned)))
            .collect();
        merged.extend(changes.iter().map(|(name, text)| (name.clone(), text.clone())));
        check(&merged)?;
        Ok(record(&merged))
    }
}

/// A text, or what stands for one: `1` for `true`, as Go's weakly typed decoder has it.
fn text(name: &str, value: Value<'_>) -> Result<String, Fault> {
    match value.kind() {
        Kind::Null => Ok(String::new()),
        Kind::Bool => Ok(if value.text() == "true" { "1" } else { "0" }.to_owned()),
        Kind::Number => Ok(value.text().to_owned()),
        Kind::String => Ok(value.as_str().unwrap_or_default().into_owned()),
        Kind::Array | Kind::Object => {
            Err(Fault::invalid(format!("{REFUSED}: value for key {} is not text", quoted(name))))
        }
    }
}

fn check(custom: &Custom) -> Result<(), Fault> {
    let texts = || custom.iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
    let count = texts().count();
    let mut errors = Vec::new();
    if count > MAX_NAMES {
        errors.push(format!("payload must contain at most {MAX_NAMES} keys, provided {count}"));
        return refused(&errors);
    }
    for (name, text) in texts() {
        let (key, name_bytes, text_bytes) = (quoted(name), name.len(), text.len());
        if !(1..=MAX_NAME_BYTES).contains(&name_bytes) {
            errors.push(format!(
                "length of key {key} is {name_bytes} but must be 0 < len(key) <= {MAX_NAME_BYTES}"
            ));
        }
        if !(1..=MAX_TEXT_BYTES).contains(&text_bytes) {
            errors.push(format!(
                "length of value for key {key} is {text_bytes} but must be 0 < len(value) <= {MAX_TEXT_BYTES}"
            ));
        }
        if !name.chars().all(is_printable) {
            errors.push(format!("key {key} contains unprintable characters"));
        }
        if !text.chars().all(is_printable) {
            errors.push(format!("value for key {key} contains unprintable characters"));
        }
    }
    refused(&errors)
}

/// All faults in one text, in the form that Go programs give several errors.
fn refused(errors: &[String]) -> Result<(), Fault> {
    let plural = match errors.len() {
        0 => return Ok(()),
        1 => "",
        _ => "s",
    };
    let mut all = format!("{} error{plural} occurred:\n", errors.len());
    errors.iter().for_each(|error| all += &format!("\t* {REFUSED}: {error}\n"));
    Err(Fault::invalid(all + "\n"))
}

/// `name` in quotes, with escapes for what cannot be printed.
fn quoted(name: &str) -> String {
    let mut out = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            // Writing to a string cannot fail.
            c => drop(write!(out, "\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

fn record(custom: &Custom) -> Option<String> {
    let mut texts = custom.iter().filter_map(|(name, text)| Some((name, text.as_deref()?))).peekable();
    texts.peek()?;
    let mut w = Writer::new();
    w.begin_object();
    for (name, text) in texts {
        w.key(name);
        w.string(text);
    }
    w.end_object();
    Some(w.finish().as_str().to_owned())
}
