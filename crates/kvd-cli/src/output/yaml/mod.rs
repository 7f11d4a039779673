//! YAML as Go's `yaml` package writes it.
//!
//! Rust's writers choose other quotes, and a script that compares the output sees the difference. Only what JSON
//! can hold is written here: sorted mappings, lists on the level of their key, and scalars quoted where they would
//! read as something else.

mod scalar;

use std::cmp::Ordering;

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

/// A document, with the line end it closes with.
pub(crate) fn document(value: &Value) -> String {
    let mut text = String::new();
    match Node::of(value) {
        Node::Mapping(entries) => mapping(&mut text, entries, 0, false),
        Node::Sequence(items) => sequence(&mut text, items, 0, false),
        Node::Scalar(value) => text.push_str(&format!("{}\n", scalar(value, 2))),
    }
    text
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

/// The order of keys: letter by letter, but numbers inside them by value, and letters after everything else.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        match (next_part(&mut left), next_part(&mut right)) {
            (Some(x), Some(y)) if x == y => {}
            (Some(x), Some(y)) => return x.cmp(&y),
            // What is equal but for leading zeros still needs an order.
            (None, None) => return a.cmp(b),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

/// A part of a key; the order of the variants is that of the parts.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
enum Part<'a> {
    Sign(char),
    /// How many digits a number has without leading zeros, and these digits.
    Number(usize, &'a str),
    Letter(char),
}

fn next_part<'a>(text: &mut &'a str) -> Option<Part<'a>> {
    let first = text.chars().next()?;
    let end = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(0) => first.len_utf8(),
        Some(end) => end,
        None => text.len(),
    };
    let (part, rest) = text.split_at(end);
    *text = rest;
    Some(match first {
        '0'..='9' => {
            let digits = part.trim_start_matches('0');
            Part::Number(digits.len(), digits)
        }
        letter if letter.is_alphabetic() => Part::Letter(letter),
        sign => Part::Sign(sign),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(document(&value), format!("{expected}\n"), "{json}");
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
        check(
            r#"{"10": 1, "9": 2, "_x": 3, "-": 4, "B": 5, "a10": 6, "a9": 7, "a1b": 8, "a": 9, "a01b": 0}"#,
            "'-': 4\n_x: 3\n\"9\": 2\n\"10\": 1\nB: 5\na: 9\na01b: 0\na1b: 8\na9: 7\na10: 6",
        );
    }
}
