//! YAML as Go's `yaml` package writes it.
//!
//! Rust's writers choose other quotes, and a script that compares the output sees the difference. Only what JSON
//! can hold is written here: sorted mappings, lists on the level of their key, and scalars quoted where they would
//! read as something else.

use serde_json::{Map, Value};

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
        Node::Scalar(value) => text.push_str(&scalar(value, 0)),
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

fn scalar(value: &Value, indent: usize) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::String(text) if text.contains('\n') && block_allowed(text) => literal(text, indent),
        Value::String(text) => inline_text(text),
    }
}

fn inline_text(text: &str) -> String {
    let printable = text.chars().all(|c| !c.is_control() && c != '\u{feff}');
    if !printable || reads_as_other(text) {
        double_quoted(text)
    } else if plain_allowed(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// A text of several lines as a block, with the indicator that keeps its line ends as they are.
fn literal(text: &str, indent: usize) -> String {
    let padding = " ".repeat(indent);
    let keep = match (text.ends_with('\n'), text.ends_with("\n\n") || text == "\n") {
        (_, true) => "+",
        (true, false) => "",
        (false, false) => "-",
    };
    let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
    let mut block = format!("|{hint}{keep}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        block.push('\n');
        if !line.is_empty() {
            block.push_str(&padding);
            block.push_str(line);
        }
    }
    block
}

fn block_allowed(text: &str) -> bool {
    let printable = text.chars().all(|c| c == '\n' || c == '\t' || (!c.is_control() && c != '\u{feff}'));
    printable && !text.contains(" \n") && !text.ends_with(' ')
}

fn plain_allowed(text: &str) -> bool {
    const INDICATORS: &[char] =
        &['#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];
    let lone = |first: char| {
        let second = text[first.len_utf8()..].chars().next();
        matches!(first, '-' | '?' | ':') && second.is_none_or(|c| c == ' ')
    };
    let Some(first) = text.chars().next() else { return false };
    !(text.starts_with(' ')
        || text.ends_with(' ')
        || text.starts_with("---")
        || text.starts_with("...")
        || text.starts_with(INDICATORS)
        || lone(first)
        || text.contains(": ")
        || text.ends_with(':')
        || text.contains(" #"))
}

/// Whether the plain text would be read as null, a truth value, a number or a time.
fn reads_as_other(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "y", "Y", "yes",
        "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "<<", "=", ".nan",
        ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
    ];
    WORDS.contains(&text) || reads_as_number(text) || reads_as_time(text)
}

fn reads_as_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some(first) = digits.chars().next() else { return false };
    if !(first.is_ascii_digit() || (first == '.' && digits.len() > 1)) {
        return false;
    }
    let bare = digits.replace('_', "").to_ascii_lowercase();
    let in_base = |prefix: &str, radix: u32| {
        bare.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix)))
    };
    let sexagesimal = bare.contains(':')
        && bare
            .split(':')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '.'));
    let decimal = bare.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | '+' | '-'))
        && bare.parse::<f64>().is_ok();
    decimal || sexagesimal || in_base("0x", 16) || in_base("0b", 2) || in_base("0o", 8)
}

fn reads_as_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let date = digits(0..4) && bytes.get(4) == Some(&b'-');
    let mut rest = text.splitn(3, '-').skip(1);
    let (Some(month), Some(after)) = (rest.next(), rest.next()) else { return false };
    let day: String = after.chars().take_while(char::is_ascii_digit).collect();
    let plausible = |part: &str, most: u32| {
        matches!(part.len(), 1..=2) && part.parse::<u32>().is_ok_and(|value| (1..=most).contains(&value))
    };
    if !(date && plausible(month, 12) && plausible(&day, 31)) {
        return false;
    }
    let time = &after[day.len()..];
    time.is_empty() || (time.starts_with(['T', 't', ' ']) && time.contains(':'))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\0' => quoted.push_str("\\0"),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\x0b' => quoted.push_str("\\v"),
            '\x0c' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '\x1b' => quoted.push_str("\\e"),
            '\u{85}' => quoted.push_str("\\N"),
            '\u{feff}' => quoted.push_str("\\uFEFF"),
            c if c.is_control() => quoted.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
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

    #[test]
    fn texts_are_quoted_where_they_would_read_as_something_else() {
        for (text, expected) in [
            ("plain text", "plain text"),
            ("", "\"\""),
            ("007", "\"007\""),
            ("1", "\"1\""),
            ("1e3", "\"1e3\""),
            ("12:30", "\"12:30\""),
            ("null", "\"null\""),
            ("y", "\"y\""),
            ("yes", "\"yes\""),
            ("2026-02-02T10:30:00.5Z", "\"2026-02-02T10:30:00.5Z\""),
            ("2026-02-02", "\"2026-02-02\""),
            ("1a2b3c4d-0000-0000-0000-000000000000", "1a2b3c4d-0000-0000-0000-000000000000"),
            ("a: b", "'a: b'"),
            ("it's", "it's"),
            ("'quoted'", "'''quoted'''"),
            ("- x", "'- x'"),
            ("-x", "-x"),
            ("#x", "'#x'"),
            ("a #b", "'a #b'"),
            (" x", "' x'"),
            ("tab\t", "\"tab\\t\""),
            ("a\\b", "a\\b"),
            ("ä漢", "ä漢"),
        ] {
            assert_eq!(document(&Value::String(text.to_owned())), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_are_kept_in_a_block() {
        check(r#"{"c": "A\nB\n", "z": 1}"#, "c: |\n  A\n  B\nz: 1");
        check(r#"{"c": "A\n\nB"}"#, "c: |-\n  A\n\n  B");
        check(r#"{"m": {"c": "A\nB\n"}}"#, "m:\n  c: |\n    A\n    B");
        check(r#"{"c": "A \nB"}"#, "c: \"A \\nB\"");
    }
}
