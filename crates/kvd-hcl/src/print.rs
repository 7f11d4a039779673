//! The tree as text again, one item a line. Parsing it gives the same tree, places aside.

use std::fmt::Write as _;

use crate::tree::{Body, Form, Item, Value, ValueKind};

/// Writes a tree in HCL's own spelling.
///
/// JSON has two things HCL 1 has no words for: `null` is written as an empty string, and a member is written as an
/// attribute.
#[must_use]
pub fn print(body: &Body) -> String {
    let mut out = String::new();
    write_items(&mut out, body, 0);
    out
}

fn write_items(out: &mut String, body: &Body, level: usize) {
    for item in &body.items {
        out.push_str(&"  ".repeat(level));
        write_item(out, item, level);
        out.push('\n');
    }
}

fn write_item(out: &mut String, item: &Item, level: usize) {
    for key in &item.keys {
        if key.quoted {
            write_string(out, &key.text);
        } else {
            out.push_str(&key.text);
        }
        out.push(' ');
    }
    if item.form != Form::Block {
        out.push_str("= ");
    }
    write_value(out, &item.value, level);
}

fn write_value(out: &mut String, value: &Value, level: usize) {
    match &value.kind {
        ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ValueKind::List(list) => {
            out.push('[');
            for (at, element) in list.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_value(out, element, level);
            }
            out.push(']');
        }
        ValueKind::Null => out.push_str("\"\""),
        ValueKind::Number(number) => out.push_str(number.as_text()),
        ValueKind::Object(body) => {
            out.push_str("{\n");
            write_items(out, body, level + 1);
            out.push_str(&"  ".repeat(level));
            out.push('}');
        }
        ValueKind::String(text) => write_string(out, text),
    }
}

/// Writes a text in quotes. A `${…}` with matching braces is left alone, because nothing in it is decoded; the
/// dollar of any other `${` is written as an escape, so that no interpolation starts there.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = interpolation(rest) {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '$' if rest.starts_with("${") => out.push_str("\\u0024"),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out.push('"');
}

/// Length of the `${…}` at the start of a text, if its braces match and nothing in it needs an escape.
fn interpolation(text: &str) -> Option<usize> {
    if !text.starts_with("${") {
        return None;
    }
    let mut braces = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => braces += 1,
            '}' if braces == 1 => return Some(at + 1),
            '}' => braces -= 1,
            '\\' | '\r' | '\0' => return None,
            _ => {}
        }
    }
    None
}
