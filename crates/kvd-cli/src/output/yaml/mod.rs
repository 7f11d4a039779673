//! YAML as Go's `yaml` package writes it.
//!
//! Rust's writers choose other quotes, and a script that compares the output sees the difference. Only what JSON
//! can hold is written here: sorted mappings, lists on the level of their key, and scalars quoted where they would
//! read as something else.

mod scalar;

use serde_json::{Map, Value};

use scalar::{inline_text, scalar};

/// A value by how it is written: collections that hold something take lines of their own.
enum Node<'a> {
    Mapping(&'a Map<String, Value>),
    Sequence(&'a [Value]),
    Scalar(&'a Value),
}

impl<'a> Node<'a> {
    fn of(value: &'a Value) -> Self {
        if let Some(entries) = value.as_object().filter(|entries| !entries.is_empty()) {
            Self::Mapping(entries)
        } else if let Some(items) = value.as_array().filter(|items| !items.is_empty()) {
            Self::Sequence(items)
        } else {
            Self::Scalar(value)
        }
    }
}

/// A document without its last line end.
pub(crate) fn document(value: &Value) -> String {
    let mut text = String::new();
    match Node::of(value) {
        Node::Mapping(entries) => mapping(&mut text, entries, 0, false),
        Node::Sequence(items) => sequence(&mut text, items, 0, false),
        Node::Scalar(value) => text.push_str(&scalar(value, 2)),
    }
    text.trim_end().to_owned()
}

fn mapping(text: &mut String, entries: &Map<String, Value>, indent: usize, inline: bool) {
    let mut keys: Vec<_> = entries.iter().collect();
    keys.sort_by(|(a, _), (b, _)| natural_order(a, b));
    for (index, (key, value)) in keys.into_iter().enumerate() {
        // The first entry of a mapping inside a list stands on the line of its dash.
        if index > 0 || !inline {
            text.extend(std::iter::repeat_n(' ', indent));
        }
        text.push_str(&inline_text(key));
        text.push(':');
        match Node::of(value) {
            Node::Mapping(entries) => {
                text.push('\n');
                mapping(text, entries, indent + 2, false);
            }
            Node::Sequence(items) => {
                text.push('\n');
                sequence(text, items, indent, false);
            }
            Node::Scalar(value) => text.push_str(&format!(" {}\n", scalar(value, indent + 2))),
        }
    }
}

fn sequence(text: &mut String, items: &[Value], indent: usize, inline: bool) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || !inline {
            text.extend(std::iter::repeat_n(' ', indent));
        }
        text.push_str("- ");
        match Node::of(item) {
            Node::Mapping(entries) => mapping(text, entries, indent + 2, true),
            Node::Sequence(items) => sequence(text, items, indent + 2, true),
            Node::Scalar(value) => text.push_str(&format!("{}\n", scalar(value, indent + 2))),
        }
    }
}

/// The order of keys: numbers inside them by value, letters by code point.
fn natural_order(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, y) = (number(&mut left), number(&mut right));
                let order = x.len().cmp(&y.len()).then_with(|| x.cmp(&y));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(x), Some(y)) if x == y => {
                left.next();
                right.next();
            }
            // A letter sorts after anything that is none.
            (Some(x), Some(y)) => return x.is_alphabetic().cmp(&y.is_alphabetic()).then(x.cmp(&y)),
            (None, None) => return a.cmp(b),
            (left, right) => return left.is_some().cmp(&right.is_some()),
        }
    }
}

fn number(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut digits = String::new();
    while let Some(digit) = letters.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    digits.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(document(&value), expected, "{json}");
    }

    #[test]
    fn documents_have_sorted_keys_and_lists_on_the_level_of_their_key() {
        check(
            r#"{"list": [1, "two", null, {"x": 1, "w": [2]}], "em": {}, "el": [], "m": {"b": true}}"#,
            "el: []\nem: {}\nlist:\n- 1\n- two\n- null\n- w:\n  - 2\n  x: 1\nm:\n  b: true",
        );
        check(r#"["c", "d/"]"#, "- c\n- d/");
        check(r#"[[1, 2], []]"#, "- - 1\n  - 2\n- []");
        check("{}", "{}");
        check("1.5", "1.5");
        check(r#"{"10": 1, "9": 2, "a": 3}"#, "\"9\": 2\n\"10\": 1\na: 3");
    }
}
