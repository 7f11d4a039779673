//! JSON values as Go's `%v` prints what it decoded them into.

use serde_json::Value;

/// A value in the words of `%v`: `<nil>`, `map[k:v]`, `[a b]`, texts and numbers as they are.
pub(crate) fn plain(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

fn write(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("<nil>"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => text.push_str(string),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                write(text, item);
            }
            text.push(']');
        }
        Value::Object(entries) => {
            // Go sorts the keys of a map when it prints one.
            let mut keys: Vec<_> = entries.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            text.push_str("map[");
            for (index, (key, item)) in keys.into_iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                text.push_str(key);
                text.push(':');
                write(text, item);
            }
            text.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        let cases = [
            ("null", "<nil>"),
            ("true", "true"),
            ("12345678901234567890", "12345678901234567890"),
            ("1.5", "1.5"),
            ("\"text\"", "text"),
            ("[]", "[]"),
            ("{}", "map[]"),
            ("[1, \"two\", null, {\"x\": 1}]", "[1 two <nil> map[x:1]]"),
            ("{\"z\": 1, \"a\": [true]}", "map[a:[true] z:1]"),
        ];
        for (json, expected) in cases {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(plain(&value), expected);
        }
    }
}
