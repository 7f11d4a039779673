//! Reads one value of a file, a variable or a flag as what its setting wants.

use super::schema::Kind;
use figment::value::{Dict, Value};
use kvd_hcl::ValueKind;
use kvd_types::parse_duration;

/// The value as figment carries it, or nothing when it is not what `kind` wants.
///
/// Errors are the caller's to write: only it knows the place, and none of them may quote the value.
pub(super) fn read(kind: Kind, value: &kvd_hcl::Value) -> Option<Value> {
    match kind {
        Kind::Texts => texts(value),
        Kind::Words(words) => texts(value).filter(|list| all_of(words, list)),
        Kind::Headers => map(value, |v| map(v, texts)),
        Kind::Map => map(value, |v| read(Kind::Text, v)),
        Kind::Bool | Kind::Integer | Kind::Duration | Kind::Size | Kind::Text | Kind::Word(_) => {
            match &value.kind {
                ValueKind::Bool(b) if kind == Kind::Bool => Some(Value::from(*b)),
                ValueKind::Bool(b) if kind == Kind::Text => Some(Value::from(b.to_string())),
                ValueKind::Number(n) => read_text(kind, n.as_text()),
                ValueKind::String(text) => read_text(kind, text),
                ValueKind::Bool(_) | ValueKind::List(_) | ValueKind::Null | ValueKind::Object(_) => None,
            }
        }
    }
}

/// The same for a value that came as a text.
pub(super) fn read_text(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Bool => boolean(text).map(Value::from),
        Kind::Integer => text.parse::<u64>().ok().and_then(|n| i64::try_from(n).ok()).map(Value::from),
        Kind::Duration => parse_duration(text).ok().filter(|nanos| *nanos >= 0).map(Value::from),
        Kind::Size => size(text).map(Value::from),
        Kind::Text => Some(Value::from(text)),
        Kind::Texts => Some(Value::from(split(text))),
        Kind::Word(words) => {
            words.iter().find(|word| word.eq_ignore_ascii_case(text)).map(|word| Value::from(*word))
        }
        Kind::Words(words) => Some(Value::from(split(text))).filter(|list| all_of(words, list)),
        Kind::Headers | Kind::Map => None,
    }
}

/// What Go's `strconv.ParseBool` takes.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Bytes, from a number and an optional unit in powers of 1000 (`kB`) or 1024 (`KiB`).
fn size(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn texts(value: &kvd_hcl::Value) -> Option<Value> {
    match &value.kind {
        ValueKind::String(text) => Some(Value::from(split(text))),
        ValueKind::List(list) => {
            let parts: Option<Vec<&str>> = list.iter().map(kvd_hcl::Value::as_str).collect();
            parts.map(Value::from)
        }
        ValueKind::Bool(_) | ValueKind::Null | ValueKind::Number(_) | ValueKind::Object(_) => None,
    }
}

fn all_of(words: &[&str], list: &Value) -> bool {
    let known = |value: &Value| value.as_str().is_some_and(|text| words.contains(&text));
    list.as_array().is_some_and(|list| list.iter().all(known))
}

/// An object, or the list with one object in it that JSON files made from HCL have in its place.
fn map(value: &kvd_hcl::Value, each: impl Fn(&kvd_hcl::Value) -> Option<Value> + Copy) -> Option<Value> {
    if let Some([only]) = value.as_list() {
        return map(only, each);
    }
    let items = value.as_body()?.items.iter();
    items
        .map(|item| Some((item.name().to_owned(), each(&item.value)?)))
        .collect::<Option<Dict>>()
        .map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, text: &str, want: Option<Value>) {
        let body = kvd_hcl::parse(&format!("a = {text}")).unwrap();
        let got = read(kind, &body.items[0].value);
        assert_eq!(got, want, "{kind:?} {text}");
    }

    #[test]
    fn values_are_read_as_their_setting_wants_in_every_spelling() {
        for (kind, text, want) in [
            (Kind::Bool, "true", Value::from(true)),
            (Kind::Bool, "\"0\"", Value::from(false)),
            (Kind::Bool, "1", Value::from(true)),
            (Kind::Integer, "12", Value::from(12_i64)),
            (Kind::Integer, "\"12\"", Value::from(12_i64)),
            (Kind::Duration, "90", Value::from(90_000_000_000_i64)),
            (Kind::Duration, "\"1m30s\"", Value::from(90_000_000_000_i64)),
            (Kind::Size, "1024", Value::from(1024_i64)),
            (Kind::Size, "\"32MiB\"", Value::from(32_i64 << 20)),
            (Kind::Size, "\"5 kb\"", Value::from(5000_i64)),
            (Kind::Text, "\"x\"", Value::from("x")),
            (Kind::Text, "8200", Value::from("8200")),
            (Kind::Word(&["info"]), "\"INFO\"", Value::from("info")),
            (Kind::Words(&["rekey"]), "\"rekey\"", Value::from(vec!["rekey"])),
            (Kind::Texts, "\"a, b,\"", Value::from(vec!["a", "b"])),
            (Kind::Texts, "[\"a\", \"b\"]", Value::from(vec!["a", "b"])),
            (Kind::Map, "{ a = true }", Value::from(Dict::from([("a".to_owned(), Value::from("true"))]))),
        ] {
            check(kind, text, Some(want));
        }
    }

    #[test]
    fn what_a_setting_does_not_want_is_nothing() {
        for (kind, text) in [
            (Kind::Bool, "\"yes\""),
            (Kind::Bool, "2"),
            (Kind::Integer, "\"-1\""),
            (Kind::Integer, "1.5"),
            (Kind::Duration, "\"soon\""),
            (Kind::Duration, "\"-5s\""),
            (Kind::Size, "\"9 PiB\""),
            (Kind::Size, "\"99999999999 GiB\""),
            (Kind::Text, "[\"a\"]"),
            (Kind::Texts, "[1]"),
            (Kind::Word(&["tls12"]), "\"tls10\""),
            (Kind::Words(&["rekey"]), "[\"rekey\", \"raw\"]"),
            (Kind::Headers, "\"a\""),
        ] {
            check(kind, text, None);
        }
    }
}
