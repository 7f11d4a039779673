//! The usual layout of a policy: two blanks of indent, one blank line between blocks, equal signs in a column.
//!
//! Only the syntax is looked at; whether the rules make sense is for the server to say.

mod parse;
mod token;

use parse::{Item, Value};

/// Why a policy cannot be laid out. The message names the line and quotes nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum LayoutError {
    #[error("line {line}: a text is not closed")]
    OpenText { line: usize },
    #[error("line {line}: expected {expected}")]
    Expected { line: usize, expected: &'static str },
    #[error("line {line}: blocks are nested too deeply")]
    TooDeep { line: usize },
}

/// Lays a policy out.
///
/// # Errors
/// When the text is not the language of policies.
pub(super) fn format(text: &str) -> Result<String, LayoutError> {
    let items = parse::parse(text)?;
    let mut out = String::new();
    write_items(&mut out, &items, 0);
    Ok(out)
}

fn write_items(out: &mut String, items: &[Item], depth: usize) {
    let indent = "  ".repeat(depth);
    let mut index = 0;
    while index < items.len() {
        if index > 0 && blank_line_between(&items[index - 1], &items[index]) {
            out.push('\n');
        }
        match &items[index] {
            Item::Comment { text, .. } => out.push_str(&format!("{indent}{text}\n")),
            Item::Block { names, items, trailing, .. } => {
                let head = names.join(" ");
                out.push_str(&format!("{indent}{head} {{"));
                if items.is_empty() {
                    out.push('}');
                } else {
                    out.push('\n');
                    write_items(out, items, depth + 1);
                    out.push_str(&format!("{indent}}}"));
                }
                write_trailing(out, trailing.as_deref());
            }
            Item::Setting { .. } => {
                let run = aligned_run(&items[index..]);
                let width = run.iter().map(|item| item.key_width()).max().unwrap_or(0);
                for item in run {
                    if let Item::Setting { key, value, trailing, .. } = item {
                        out.push_str(&format!("{indent}{key:width$} = "));
                        write_value(out, value, depth);
                        write_trailing(out, trailing.as_deref());
                    }
                }
                index += run.len() - 1;
            }
        }
        index += 1;
    }
}

/// Settings on adjacent lines, whose equal signs stand in one column.
fn aligned_run(items: &[Item]) -> &[Item] {
    let mut length = 1;
    while let (Some(previous), Some(next)) = (items.get(length - 1), items.get(length)) {
        let settings = matches!((previous, next), (Item::Setting { .. }, Item::Setting { .. }));
        if !settings || blank_line_between(previous, next) {
            break;
        }
        length += 1;
    }
    &items[..length]
}

fn blank_line_between(previous: &Item, next: &Item) -> bool {
    let apart = next.first_line() > previous.last_line() + 1;
    let (after_block, before_block) =
        (matches!(previous, Item::Block { .. }), matches!(next, Item::Block { .. }));
    let comment_before = matches!(previous, Item::Comment { .. });
    apart || after_block || (before_block && !comment_before)
}

fn write_value(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Text(text) => out.push_str(text),
        Value::List { items, one_line: true } => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_value(out, item, depth);
            }
            out.push(']');
        }
        Value::List { items, one_line: false } => {
            out.push_str("[\n");
            for item in items {
                out.push_str(&format!("{indent}  "));
                write_value(out, item, depth + 1);
                // A comment needs no comma after it.
                out.push_str(if matches!(item, Value::Comment(_)) { "\n" } else { ",\n" });
            }
            out.push_str(&format!("{indent}]"));
        }
        Value::Map(items) if items.is_empty() => out.push_str("{}"),
        Value::Map(items) => {
            out.push_str("{\n");
            write_items(out, items, depth + 1);
            out.push_str(&format!("{indent}}}"));
        }
        Value::Comment(text) => out.push_str(text),
    }
}

fn write_trailing(out: &mut String, comment: Option<&str>) {
    if let Some(comment) = comment {
        out.push(' ');
        out.push_str(comment);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let formatted = format(text).unwrap();
        assert_eq!(formatted, expected);
        assert_eq!(format(&formatted).unwrap(), formatted, "formatting twice changes nothing");
    }

    #[test]
    fn policies_get_the_usual_layout() {
        check(
            "path \"a\"    {\ncapabilities=[\"read\"]\n}\n\npath   \"bbb\" {\n    capabilities   = [\"list\"]\n  min_wrapping_ttl=\"1s\"\n}\n",
            "path \"a\" {\n  capabilities = [\"read\"]\n}\n\npath \"bbb\" {\n  capabilities     = [\"list\"]\n  min_wrapping_ttl = \"1s\"\n}\n",
        );
        check(
            "path \"a\" { capabilities = [\"read\",\"list\"] }\npath \"b\" {}",
            "path \"a\" {\n  capabilities = [\"read\", \"list\"]\n}\n\npath \"b\" {}\n",
        );
    }

    #[test]
    fn comments_and_long_lists_are_kept() {
        check(
            "# top\n// second\npath \"a\" { # here\n  /* block */\n  capabilities = [\n \"read\", # why\n \"list\"\n ]\n\n\n  x = 1 // trailing\n}\n# end",
            "# top\n// second\npath \"a\" {\n  # here\n  /* block */\n  capabilities = [\n    \"read\",\n    # why\n    \"list\",\n  ]\n\n  x = 1 // trailing\n}\n\n# end\n",
        );
    }

    #[test]
    fn maps_texts_and_here_documents_are_kept() {
        check(
            "path \"a\" {\n allowed_parameters = {\n \"x\" = [\"a ${b} \\\"c\\\"\"]\n \"longer\"=[]\n }\n}\nnote = <<EOT\n  as it is\nEOT\n",
            "path \"a\" {\n  allowed_parameters = {\n    \"x\"      = [\"a ${b} \\\"c\\\"\"]\n    \"longer\" = []\n  }\n}\n\nnote = <<EOT\n  as it is\nEOT\n",
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_can_be_laid_out_keeps_that_layout(text in "[ab1\"{}\\[\\]=, \n#$/*<E-]{0,60}") {
            if let Ok(once) = format(&text) {
                proptest::prop_assert_eq!(format(&once), Ok(once.clone()));
            }
        }
    }

    #[test]
    fn what_is_no_policy_is_refused_with_its_line() {
        for (text, expected) in [
            ("path \"x\" {\n", "line 2: expected a setting or }"),
            ("path \"x\n", "line 1: a text is not closed"),
            ("a = [1", "line 1: expected a value or ]"),
            ("a =", "line 1: expected a value"),
            ("}", "line 1: expected a setting"),
            ("{\"path\": {}}", "line 1: expected a setting"),
            ("a", "line 1: expected = or {"),
        ] {
            assert_eq!(format(text).map_err(|error| error.to_string()), Err(expected.to_owned()), "{text}");
        }
        let deep = "a {".repeat(1000);
        assert!(matches!(format(&deep), Err(LayoutError::TooDeep { .. })));
    }
}
