//! Single values in YAML, quoted where they would read as something else.

use serde_json::Value;

/// A value that takes no lines of its own, except a text with line ends. `indent` is where those lines begin.
pub(super) fn scalar(value: &Value, indent: usize) -> String {
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

/// A text on one line, in quotes where it needs them.
pub(super) fn inline_text(text: &str) -> String {
    if !text.chars().all(is_printable) || reads_as_other(text) {
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
    text.chars().all(|c| c == '\n' || is_printable(c)) && !text.contains(" \n") && !text.ends_with(' ')
}

/// Letters beyond the first plane are escaped by the original, whatever YAML itself says.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{feff}' | '\u{10000}'..)
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
        "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", ".nan", ".NaN",
        ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
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
            '\u{10000}'.. => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            c if c.is_control() => quoted.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("🔑", "\"\\U0001F511\""),
            ("<<", "<<"),
            ("=", "="),
        ] {
            assert_eq!(inline_text(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_are_kept_in_a_block() {
        for (text, indent, expected) in [
            ("A\nB\n", 2, "|\n  A\n  B"),
            ("A\n\nB", 2, "|-\n  A\n\n  B"),
            ("A\nB\n", 4, "|\n    A\n    B"),
            ("A\n\n", 2, "|+\n  A\n"),
            ("\n", 2, "|2+\n"),
            ("A\tB\nC", 2, "\"A\\tB\\nC\""),
            ("A \nB", 2, "\"A \\nB\""),
        ] {
            assert_eq!(scalar(&Value::String(text.to_owned()), indent), expected, "{text:?}");
        }
    }
}
