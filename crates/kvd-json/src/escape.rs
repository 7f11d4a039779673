//! String literals: written as Go's encoder writes them, and read back.

use crate::scan;
use std::borrow::Cow;

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

/// Whether a byte may not stand for itself; 0xe2 begins the two separators that Go escapes.
fn is_special(byte: u8) -> bool {
    // Without short cuts, so that many bytes can be judged at once.
    (byte < 0x20)
        | (byte == b'"')
        | (byte == b'\\')
        | (byte == b'<')
        | (byte == b'>')
        | (byte == b'&')
        | (byte == 0xe2)
}

/// Appends `text` with the escapes of Go's `encoding/json` (`<`, `>`, `&`, U+2028 and U+2029 among them).
pub(crate) fn push_escaped(out: &mut impl Extend8, text: &str) {
    let mut rest = text.as_bytes();
    loop {
        let (plain, tail) = rest.split_at(scan::before(rest, is_special));
        out.push_bytes(plain);
        if tail.is_empty() {
            return;
        }
        let taken = push_special(out, tail);
        rest = &tail[taken..];
    }
}

/// Writes what the first character of `tail` is escaped as; returns how many bytes of it are done.
fn push_special(out: &mut impl Extend8, tail: &[u8]) -> usize {
    let short: &[u8] = match tail {
        [0xe2, 0x80, 0xa8, ..] => {
            out.push_bytes(b"\\u2028");
            return 3;
        }
        [0xe2, 0x80, 0xa9, ..] => {
            out.push_bytes(b"\\u2029");
            return 3;
        }
        [b'"', ..] => b"\\\"",
        [b'\\', ..] => b"\\\\",
        [0x08, ..] => b"\\b",
        [0x0c, ..] => b"\\f",
        [b'\n', ..] => b"\\n",
        [b'\r', ..] => b"\\r",
        [b'\t', ..] => b"\\t",
        [byte @ 0xe2, ..] => return push_and_count(out, &[*byte]),
        [byte, ..] => {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            out.push_bytes(&[b'\\', b'u', b'0', b'0', high, low]);
            return 1;
        }
        [] => return 0,
    };
    push_and_count(out, short);
    1
}

fn push_and_count(out: &mut impl Extend8, bytes: &[u8]) -> usize {
    out.push_bytes(bytes);
    bytes.len()
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
