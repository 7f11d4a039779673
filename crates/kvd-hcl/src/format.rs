//! The usual layout of HCL: two blanks for each level, and equals signs below each other.
//!
//! Items on adjoining lines form a group whose equals signs and comments line up; groups are set apart by an empty
//! line. At the top every item stands apart. Strings, heredocs and comments keep their text.

use crate::error::ParseError;
use crate::layout::{Element, Item, List, Piece, Value, read};
use crate::{Limits, normalized, parser};

/// Lays out a text in HCL's own spelling, comments included.
///
/// # Errors
/// As [`parse`](crate::parse); JSON is refused, because its layout is not HCL's business.
pub fn format(text: &str) -> Result<String, ParseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = normalized(text);
    parser::parse(&text, &Limits::default())?;
    let pieces = read(&text)?;
    let mut out = String::new();
    let mut previous: Option<&Piece<'_>> = None;
    for piece in &pieces {
        if previous.is_some_and(|previous| !is_list_of_empty_blocks(previous, piece)) {
            out.push('\n');
        }
        match piece {
            Piece::Comments(lines) => write_comments(&mut out, lines, 0),
            Piece::Item(item) => write_group(&mut out, &[item], 0),
        }
        previous = Some(piece);
    }
    Ok(out)
}

/// Blocks without content on adjoining lines stay together.
fn is_list_of_empty_blocks(first: &Piece<'_>, second: &Piece<'_>) -> bool {
    let (Piece::Item(first), Piece::Item(second)) = (first, second) else { return false };
    let is_empty = |item: &Item<'_>| {
        !item.is_assigned
            && item.lead.is_empty()
            && matches!(&item.value, Value::Object(pieces) if pieces.is_empty())
    };
    is_empty(first) && is_empty(second) && first.line + 1 == second.line
}

fn write_body(out: &mut String, pieces: &[Piece<'_>], level: usize) {
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        if at > 0 {
            out.push('\n');
        }
        match piece {
            Piece::Comments(lines) => {
                write_comments(out, lines, level);
                at += 1;
            }
            Piece::Item(_) => {
                let group = group(&pieces[at..]);
                write_group(out, &group, level);
                at += group.len();
            }
        }
    }
}

/// The items at the front that line up: one-liners on adjoining lines.
fn group<'p, 'a>(pieces: &'p [Piece<'a>]) -> Vec<&'p Item<'a>> {
    let mut items: Vec<&Item<'_>> = Vec::new();
    for piece in pieces {
        let Piece::Item(item) = piece else { break };
        let joins = items.last().is_none_or(|last| {
            is_one_line(&last.value)
                && is_one_line(&item.value)
                && last.line + 1 == item.line
                && item.lead.is_empty()
        });
        if !joins {
            break;
        }
        items.push(item);
    }
    items
}

fn is_one_line(value: &Value<'_>) -> bool {
    match value {
        Value::List(list) => is_one_line_list(list),
        Value::Literal(text) => !text.contains('\n'),
        Value::Object(pieces) => pieces.is_empty(),
    }
}

fn is_one_line_list(list: &List<'_>) -> bool {
    let is_plain = |element: &Element<'_>| {
        element.lead.is_empty()
            && element.trail.is_empty()
            && matches!(element.value, Value::Literal(text) if !text.contains('\n'))
    };
    list.is_one_line && list.tail.is_empty() && list.elements.iter().all(is_plain)
}

fn write_group(out: &mut String, items: &[&Item<'_>], level: usize) {
    let values: Vec<_> = items.iter().map(|item| rendered(&item.value, level)).collect();
    let key_width = items.iter().map(|item| width(&item.keys.join(" "))).max().unwrap_or_default();
    let value_width = values.iter().map(|value| width(value)).max().unwrap_or_default();
    for (item, value) in items.iter().zip(&values) {
        write_comments(out, &item.lead, level);
        indent(out, level);
        let keys = item.keys.join(" ");
        out.push_str(&keys);
        if item.is_assigned {
            pad(out, key_width - width(&keys));
            out.push_str(" =");
        }
        out.push(' ');
        out.push_str(value);
        if !item.trail.is_empty() {
            pad(out, if items.len() > 1 { value_width - width(value) } else { 0 });
            out.push(' ');
            out.push_str(&item.trail.join(" "));
        }
        out.push('\n');
    }
}

fn rendered(value: &Value<'_>, level: usize) -> String {
    let mut out = String::new();
    match value {
        Value::List(list) if is_one_line_list(list) => {
            let elements: Vec<_> =
                list.elements.iter().map(|element| rendered(&element.value, level)).collect();
            out = format!("[{}]", elements.join(", "));
        }
        Value::List(list) => write_list(&mut out, list, level),
        Value::Literal(text) => out.push_str(text.strip_suffix('\n').unwrap_or(text)),
        Value::Object(pieces) if pieces.is_empty() => out.push_str("{}"),
        Value::Object(pieces) => {
            out.push_str("{\n");
            write_body(&mut out, pieces, level + 1);
            indent(&mut out, level);
            out.push('}');
        }
    }
    out
}

fn write_list(out: &mut String, list: &List<'_>, level: usize) {
    out.push_str("[\n");
    for element in &list.elements {
        write_comments(out, &element.lead, level + 1);
        indent(out, level + 1);
        out.push_str(&rendered(&element.value, level + 1));
        // The closing line of a heredoc must hold nothing else.
        if matches!(element.value, Value::Literal(text) if text.starts_with("<<")) {
            out.push('\n');
            indent(out, level + 1);
        }
        out.push(',');
        if !element.trail.is_empty() {
            out.push(' ');
            out.push_str(&element.trail.join(" "));
        }
        out.push('\n');
    }
    write_comments(out, &list.tail, level + 1);
    indent(out, level);
    out.push(']');
}

fn write_comments(out: &mut String, lines: &[&str], level: usize) {
    for line in lines {
        indent(out, level);
        out.push_str(line);
        out.push('\n');
    }
}

fn indent(out: &mut String, level: usize) {
    pad(out, 2 * level);
}

fn pad(out: &mut String, blanks: usize) {
    out.extend(std::iter::repeat_n(' ', blanks));
}

fn width(text: &str) -> usize {
    text.chars().count()
}
