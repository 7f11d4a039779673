//! What the text between quotes, or between the lines of a heredoc, stands for.

use crate::error::{ParseError, Reason};
use crate::tree::Pos;

/// Decodes a string token with its quotes. Everything inside `${…}` stays as it is written.
pub(crate) fn unquote(token: &str, pos: Pos) -> Result<String, ParseError> {
    let inner = token.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(token);
    if !inner.contains('\\') {
        return Ok(inner.to_owned());
    }
    let bad = || ParseError::new(pos, Reason::Escape);
    // Bytes, because `\xC3\xA4` spells one character in two escapes.
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '$' if rest.starts_with("${") => {
                let length = interpolation(rest);
                out.extend_from_slice(&rest.as_bytes()[..length]);
                length
            }
            '\\' => 1 + escape(&rest[1..], &mut out).ok_or_else(bad)?,
            c => {
                out.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    String::from_utf8(out).map_err(|_| bad())
}

/// Length of the `${…}` at the start of a text. The lexer has checked that its braces match.
fn interpolation(text: &str) -> usize {
    let mut braces = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => braces += 1,
            b'}' if braces <= 1 => return at + 1,
            b'}' => braces -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Decodes what follows a backslash and says how many bytes it was.
fn escape(text: &str, out: &mut Vec<u8>) -> Option<usize> {
    let kind = *text.as_bytes().first()?;
    let simple = match kind {
        b'a' => Some(0x07),
        b'b' => Some(0x08),
        b'f' => Some(0x0c),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'v' => Some(0x0b),
        b'\\' | b'"' => Some(kind),
        _ => None,
    };
    if let Some(byte) = simple {
        out.push(byte);
        return Some(1);
    }
    match kind {
        b'0'..=b'7' => {
            let digits = text.get(..3)?.as_bytes();
            let value = digits.iter().try_fold(0_u32, |value, byte| {
                byte.is_ascii_digit().then(|| value * 8 + u32::from(byte - b'0')).filter(|_| *byte < b'8')
            })?;
            out.push(u8::try_from(value).ok()?);
            Some(3)
        }
        b'x' => {
            out.push(u8::try_from(hex(text, 2)?).ok()?);
            Some(3)
        }
        b'u' | b'U' => {
            let count = if kind == b'u' { 4 } else { 8 };
            let c = char::from_u32(hex(text, count)?)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            Some(1 + count)
        }
        _ => None,
    }
}

/// The value of so many hexadecimal digits after the first byte.
fn hex(text: &str, count: usize) -> Option<u32> {
    let digits = text.get(1..=count)?;
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// The lines of a heredoc token.
///
/// With `<<-` the blanks in front of the closing name are taken off every line, if every line has them.
/// Without the dash they are the end of the text: HCL 1 has it so.
pub(crate) fn unheredoc(token: &str) -> String {
    let Some((anchor, lines)) = token.split_once('\n') else {
        return String::new();
    };
    let lines = lines.strip_suffix('\n').unwrap_or(lines);
    let (content, closing) = match lines.rfind('\n') {
        Some(end) => lines.split_at(end + 1),
        None => ("", lines),
    };
    let indent = &closing[..closing.len() - closing.trim_start().len()];
    if !anchor.starts_with("<<-") {
        return format!("{content}{indent}");
    }
    if content.split_inclusive('\n').all(|line| line.starts_with(indent)) {
        content.split_inclusive('\n').map(|line| &line[indent.len()..]).collect()
    } else {
        content.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{unheredoc, unquote};
    use crate::tree::Pos;

    #[test]
    fn escapes_are_decoded_and_interpolation_is_not() {
        for (token, expected) in [
            (r#""""#, Some("")),
            (r#""plain""#, Some("plain")),
            (r#""a\"b\\c\n""#, Some("a\"b\\c\n")),
            (r#""\a\b\f\r\t\v""#, Some("\u{7}\u{8}\u{c}\r\t\u{b}")),
            (r#""\101\x41\u0041\U00000041""#, Some("AAAA")),
            (r#""\xC3\xA4""#, Some("ä")),
            (r#""\xC3""#, None),
            (r#""\400""#, None),
            (r#""\ud800""#, None),
            (r#""\q""#, None),
            (r#""\x4""#, None),
            (r#""\18x""#, None),
            (r#""${a "b" \n {c}} \\""#, Some(r#"${a "b" \n {c}} \"#)),
            (r#""$${a}\t""#, Some("$${a}\t")),
        ] {
            assert_eq!(unquote(token, Pos::START).ok().as_deref(), expected, "{token}");
        }
    }

    #[test]
    fn a_heredoc_keeps_its_lines() {
        for (token, expected) in [
            ("<<A\nx\ny\nA\n", "x\ny\n"),
            ("<<A\nA\n", ""),
            ("<<A\nx\n  A\n", "x\n  "),
            ("<<-A\n    x\n  y\n  A\n", "  x\ny\n"),
            ("<<-A\n    x\ny\n  A\n", "    x\ny\n"),
            ("<<-A\nx\nA\n", "x\n"),
        ] {
            assert_eq!(unheredoc(token), expected, "{token:?}");
        }
    }
}
