//! String literals: written as Go's encoder writes them, and read back.

use std::borrow::Cow;

/// Appends `text` as a JSON string literal, quotes included.
pub(crate) fn push_string(out: &mut impl Extend8, text: &str) {
    out.push_bytes(b"\"");
    push_escaped(out, text);
    out.push_bytes(b"\"");
}

/// Where escaped text goes to.
pub(crate) trait Extend8 {
    fn push_bytes(&mut self, bytes: &[u8]);
}

impl Extend8 for Vec<u8> {
    fn push_bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` with the escapes of Go's `encoding/json` (`<`, `>`, `&`, U+2028 and U+2029 among them).
pub(crate) fn push_escaped(out: &mut impl Extend8, text: &str) {
    let bytes = text.as_bytes();
    let mut plain = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let short: Option<&[u8]> = match byte {
            b'"' => Some(b"\\\""),
            b'\\' => Some(b"\\\\"),
            0x08 => Some(b"\\b"),
            0x0c => Some(b"\\f"),
            b'\n' => Some(b"\\n"),
            b'\r' => Some(b"\\r"),
            b'\t' => Some(b"\\t"),
            _ => None,
        };
        if let Some(short) = short {
            out.push_bytes(&bytes[plain..at]);
            out.push_bytes(short);
            at += 1;
            plain = at;
        } else if byte < 0x20 || matches!(byte, b'<' | b'>' | b'&') {
            out.push_bytes(&bytes[plain..at]);
            out.push_bytes(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]);
            at += 1;
            plain = at;
        } else if byte == 0xe2
            && bytes.get(at + 1) == Some(&0x80)
            && matches!(bytes.get(at + 2), Some(0xa8 | 0xa9))
        {
            out.push_bytes(&bytes[plain..at]);
            out.push_bytes(if bytes[at + 2] == 0xa8 { b"\\u2028" } else { b"\\u2029" });
            at += 3;
            plain = at;
        } else {
            at += 1;
        }
    }
    out.push_bytes(&bytes[plain..]);
}

/// The text that the inside of a valid literal stands for.
pub(crate) fn unescape(literal: &str) -> Cow<'_, str> {
    if !literal.contains('\\') {
        return Cow::Borrowed(literal);
    }
    let mut out = String::with_capacity(literal.len());
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let mut unit = || chars.by_ref().take(4).fold(0, |n, d| n * 16 + d.to_digit(16).unwrap_or(0));
                let first = unit();
                let code = if (0xd800..0xdc00).contains(&first) {
                    chars.next();
                    chars.next();
                    let mut unit =
                        || chars.by_ref().take(4).fold(0, |n, d| n * 16 + d.to_digit(16).unwrap_or(0));
                    0x10000 + ((first - 0xd800) << 10) + (unit() & 0x3ff)
                } else {
                    first
                };
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Cow::Owned(out)
}
