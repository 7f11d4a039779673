//! A secret as variables: for a `.env` file, or for a shell to evaluate.

use serde_json::{Map, Value};

use super::{Format, json};
use crate::failure::{Failure, Outcome, SUCCESS};

/// Prints one line for each key. Values that are no texts are printed as JSON.
///
/// # Errors
/// When a key cannot be the name of a variable.
pub(crate) fn print_variables(screen: &mut super::Screen<'_>, data: &Map<String, Value>) -> Outcome {
    let mut lines = Vec::with_capacity(data.len());
    for (name, value) in data {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                json::compact(other).map_err(|_| Failure::usage("Could not parse output: not a document"))?
            }
        };
        let for_shell = screen.format == Format::Export;
        if !is_name(name, for_shell) {
            return Err(Failure::usage(format!("The key {name:?} cannot be the name of a variable")));
        }
        lines.push(if for_shell {
            format!("export {name}='{}'", text.replace('\'', "'\\''"))
        } else {
            format!("{name}={}", dotenv_value(&text))
        });
    }
    for line in lines {
        screen.line(line);
    }
    Ok(SUCCESS)
}

/// Shells take letters, digits and underscores; readers of `.env` files also dots and dashes.
fn is_name(name: &str, for_shell: bool) -> bool {
    let allowed = |letter: char| {
        letter.is_ascii_alphanumeric() || letter == '_' || (!for_shell && ".-".contains(letter))
    };
    !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && name.chars().all(allowed)
}

/// A value as it stands where it can, else in double quotes.
fn dotenv_value(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:@%+,-=".contains(letter);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' | '\\' | '$' | '`' => quoted.extend(['\\', letter]),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::dotenv;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a b", "\"a b\""),
            ("x\ny", "\"x\\ny\""),
            ("$HOME `id` \"q\" \\", "\"\\$HOME \\`id\\` \\\"q\\\" \\\\\""),
            ("#no", "\"#no\""),
        ] {
            assert_eq!(dotenv_value(text), expected);
        }
    }

    #[test]
    fn only_what_a_shell_takes_is_a_name() {
        for (name, shell, dotenv) in [
            ("A_1", true, true),
            ("a.b-c", false, true),
            ("1a", false, false),
            ("", false, false),
            ("a b", false, false),
        ] {
            assert_eq!((is_name(name, true), is_name(name, false)), (shell, dotenv), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in "\\PC*[\\n\"'\\\\$`# ]?\\PC*") {
            let line = format!("A={}\nB=1\n", dotenv_value(&value));
            let read = dotenv::parse(&line).unwrap();
            prop_assert_eq!(&read[0], &("A".to_owned(), value));
            prop_assert_eq!(read.len(), 2);
        }
    }
}
