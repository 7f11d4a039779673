//! Data given as `key=value` pairs, in files, or on the standard input.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value};

use super::{dotenv, file};
use crate::{gofmt::quote::quote, output::Input};

/// Builds a map from arguments.
///
/// `key=value` sets a key, `key=@file` to the contents of a file, `key=-` to the standard input; `\@` stands for a
/// literal at-sign. `@file` and `-` alone are a whole JSON object that replaces what came before under its keys, and a
/// file named `.env` holds lines of `NAME=value`. A key given twice becomes a list.
///
/// # Errors
/// Which argument cannot be used, and why. What a file or the standard input holds is never quoted.
pub(crate) fn parse(input: &mut Input<'_>, arguments: &[String]) -> Result<Map<String, Value>, String> {
    let mut data = Map::new();
    for argument in arguments.iter().filter(|argument| !argument.is_empty()) {
        add(&mut data, input, argument)
            .map_err(|why| format!("invalid key/value pair {}: {why}", quote(argument)))?;
    }
    Ok(data)
}

/// Like [`parse`], for data whose values must be texts.
///
/// # Errors
/// As [`parse`], and for values that are no single text.
pub(crate) fn parse_texts(
    input: &mut Input<'_>,
    arguments: &[String],
) -> Result<BTreeMap<String, String>, String> {
    let mut texts = BTreeMap::new();
    for (key, value) in parse(input, arguments)? {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(truth) => u8::from(truth).to_string(),
            Value::Number(number) => number.to_string(),
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => {
                return Err(format!("failed to convert values to strings: {} is not a string", quote(&key)));
            }
        };
        texts.insert(key, text);
    }
    Ok(texts)
}

/// Like [`parse`], as the parameters of a URL: a list gives its key several times.
///
/// # Errors
/// As [`parse`], and for values that are no text or list of texts.
pub(crate) fn parse_parameters(
    input: &mut Input<'_>,
    arguments: &[String],
) -> Result<Vec<(String, String)>, String> {
    let mut parameters = Vec::new();
    for (key, value) in parse(input, arguments)? {
        let items = if let Value::Array(items) = value { items } else { vec![value] };
        for item in items {
            let text = match item {
                Value::String(text) => text,
                Value::Bool(truth) => u8::from(truth).to_string(),
                Value::Number(number) => number.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(format!(
                        "failed to convert values to strings: {} is not a string",
                        quote(&key)
                    ));
                }
            };
            parameters.push((key.clone(), text));
        }
    }
    Ok(parameters)
}

fn add(data: &mut Map<String, Value>, input: &mut Input<'_>, argument: &str) -> Result<(), String> {
    let Some((key, value)) = argument.split_once('=') else {
        let json = match argument.strip_prefix('@') {
            Some(path) if dotenv::is_name(path) => {
                let variables = dotenv::parse(&file::read(Path::new(path))?)?;
                data.extend(variables.into_iter().map(|(name, value)| (name, Value::String(value))));
                return Ok(());
            }
            Some(path) => file::read(Path::new(path))?,
            None if argument == "-" => input.read_all()?,
            None => return Err("format must be key=value".to_owned()),
        };
        data.extend(object(&json)?);
        return Ok(());
    };
    let text = if let Some(path) = value.strip_prefix('@') {
        file::read(Path::new(path)).map_err(|why| format!("error reading file: {why}"))?
    } else if value == "-" {
        input.read_all()?
    } else if value.starts_with("\\@") {
        value[1..].to_owned()
    } else {
        value.to_owned()
    };
    insert(data, key, Value::String(text));
    Ok(())
}

fn insert(data: &mut Map<String, Value>, key: &str, value: Value) {
    match data.get_mut(key) {
        None => {
            data.insert(key.to_owned(), value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(single) => {
            let first = single.take();
            *single = Value::Array(vec![first, value]);
        }
    }
}

/// The first JSON value of the text, which must be an object; numbers keep every digit.
pub(crate) fn object(json: &str) -> Result<Map<String, Value>, String> {
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    match values.next() {
        Some(Ok(Value::Object(entries))) => Ok(entries),
        // Nothing at all, which is no mistake: an empty object.
        Some(Ok(Value::Null)) => Ok(Map::new()),
        Some(Ok(other)) => Err(format!(
            "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            kind(&other)
        )),
        Some(Err(error)) if error.is_eof() => Err("unexpected EOF".to_owned()),
        // The parser's own message may quote the input, and the input is a secret.
        Some(Err(error)) => Err(format!("invalid JSON at line {}, column {}", error.line(), error.column())),
        None => Err("EOF".to_owned()),
    }
}

/// What Go calls the kind of a JSON value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use serde_json::json;

    use super::*;
    use crate::{output::Format, output::Streams};

    fn with_input<T>(stdin: &str, test: impl FnOnce(&mut Input<'_>) -> T) -> T {
        let streams = Streams {
            stdin: &mut stdin.as_bytes(),
            stdout: &mut std::io::sink(),
            stderr: &mut std::io::sink(),
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
        };
        let (_, mut input) = streams.split(Format::Table, false);
        test(&mut input)
    }

    fn parsed(arguments: &[&str], stdin: &str) -> Result<Value, String> {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        with_input(stdin, |input| parse(input, &arguments).map(Value::Object))
    }

    #[test]
    fn pairs_become_a_map() {
        for (arguments, stdin, expected) in [
            (["a=1", "b=x=y", "c="].as_slice(), "", json!({"a": "1", "b": "x=y", "c": ""})),
            (&["a=1", "a=2", "a=3"], "", json!({"a": ["1", "2", "3"]})),
            (&["at=\\@home", "dash=\\-", "at2=x@y"], "", json!({"at": "@home", "dash": "\\-", "at2": "x@y"})),
            (&["pw=-"], "from stdin\n", json!({"pw": "from stdin\n"})),
            (&["-"], "null", json!({})),
            (&["-"], "{\"n\": 5, \"l\": [null]}", json!({"n": 5, "l": [null]})),
            (&["s=first", "-"], "{\"s\": \"text\"}", json!({"s": "text"})),
            (&["-", "s=later"], "{\"s\": \"text\"}", json!({"s": ["text", "later"]})),
            (&["", "a b=c d", "-cas=0"], "", json!({"a b": "c d", "-cas": "0"})),
        ] {
            assert_eq!(parsed(arguments, stdin), Ok(expected), "{arguments:?}");
        }
    }

    #[test]
    fn files_give_values_and_whole_maps() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            path.display().to_string()
        };
        let (value, map) = (path("v.txt", "one\ntwo\n"), path("d.json", "{\"n\": 12345678901234567890123}"));
        let data = parsed(&[&format!("cert=@{value}"), &format!("@{map}")], "").unwrap();
        assert_eq!(data["cert"], "one\ntwo\n");
        assert_eq!(data["n"].to_string(), "12345678901234567890123");
    }

    #[test]
    fn what_cannot_be_used_is_named_without_quoting_secrets() {
        for (arguments, stdin, expected) in [
            (["novalue"].as_slice(), "", "invalid key/value pair \"novalue\": format must be key=value"),
            (&["a=-", "b=-"], "x", "invalid key/value pair \"b=-\": stdin already consumed"),
            (&["-"], "not json", "invalid key/value pair \"-\": invalid JSON at line 1, column 2"),
            (&["-"], "", "invalid key/value pair \"-\": EOF"),
            (
                &["-"],
                "[1]",
                "invalid key/value pair \"-\": json: cannot unmarshal array into Go value of type map[string]interface {}",
            ),
            (&["-"], "{\"a\":", "invalid key/value pair \"-\": unexpected EOF"),
            (
                &["x=@nofile.txt"],
                "",
                "invalid key/value pair \"x=@nofile.txt\": error reading file: open nofile.txt: no such file or directory",
            ),
            (
                &["@nofile.json"],
                "",
                "invalid key/value pair \"@nofile.json\": open nofile.json: no such file or directory",
            ),
        ] {
            assert_eq!(parsed(arguments, stdin), Err(expected.to_owned()), "{arguments:?}");
        }
    }
}
