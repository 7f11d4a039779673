//! Writes JSON text piece by piece into a buffer that leaves no copies behind.

use crate::{
    escape::{Extend8, push_escaped},
    text::Text,
    value::Value,
    wipe::Wipe,
};
use std::fmt::{self, Write as _};

/// Builds a canonical text: commas come by themselves, names have to come sorted where canonical form matters.
#[derive(Default)]
pub struct Writer {
    buf: Vec<u8>,
}

impl Writer {
    /// An empty text.
    pub fn new() -> Self {
        Self::with_capacity(256)
    }

    /// An empty text with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { buf: Vec::with_capacity(bytes) }
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.separate();
        self.push(b'{');
    }

    /// Closes the object opened last.
    pub fn end_object(&mut self) {
        self.push(b'}');
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.separate();
        self.push(b'[');
    }

    /// Closes the array opened last.
    pub fn end_array(&mut self) {
        self.push(b']');
    }

    /// The name of the next member.
    pub fn key(&mut self, name: &str) {
        self.string(name);
        self.push(b':');
    }

    /// A string.
    pub fn string(&mut self, text: &str) {
        // A comma, two quotes and what may follow a name.
        self.make_room(text.len() + 4);
        self.separate();
        self.push(b'"');
        push_escaped(self, text);
        self.push(b'"');
    }

    /// The text form of `shown`, as a string; it must need no escapes (times, ids, durations, numbers).
    pub fn display(&mut self, shown: impl fmt::Display) {
        self.separate();
        self.push(b'"');
        // What cannot be shown stays empty.
        let _ = write!(Unescaped(self), "{shown}");
        self.push(b'"');
    }

    /// A string, or `null`.
    pub fn string_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.string(text),
            None => self.null(),
        }
    }

    /// A whole number.
    pub fn int(&mut self, n: i64) {
        self.separate();
        let mut digits = itoa_buffer();
        let text = format_int(n, &mut digits);
        self.push_bytes(text);
    }

    /// `true` or `false`.
    pub fn bool(&mut self, b: bool) {
        self.separate();
        self.push_bytes(if b { b"true" } else { b"false" });
    }

    /// `null`.
    pub fn null(&mut self) {
        self.separate();
        self.push_bytes(b"null");
    }

    /// A value that is canonical already.
    pub fn raw(&mut self, value: Value<'_>) {
        self.separate();
        self.push_bytes(value.text().as_bytes());
    }

    /// The members of an object that was written before.
    pub fn members(&mut self, object: &Text) {
        let members = object.as_str().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        if let Some(members) = members.filter(|members| !members.is_empty()) {
            self.separate();
            self.push_bytes(members.as_bytes());
        }
    }

    /// A list of strings.
    pub fn strings<S: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = S>) {
        self.begin_array();
        for text in texts {
            self.string(text.as_ref());
        }
        self.end_array();
    }

    /// How many bytes are written.
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.buf.is_empty()
    }

    /// The finished text.
    pub fn finish(mut self) -> Text {
        let buf = std::mem::take(&mut self.buf);
        // Only whole strings and canonical values go in, so this is UTF-8; an empty text is the safe answer to a defect.
        Text::trusted(String::from_utf8(buf).unwrap_or_default())
    }

    fn separate(&mut self) {
        if !matches!(self.buf.last(), None | Some(b'{' | b'[' | b':')) {
            self.push(b',');
        }
    }

    fn push(&mut self, byte: u8) {
        self.make_room(1);
        self.buf.push(byte);
    }

    /// Grows by copying into a new buffer and wiping the old one, which `Vec` alone would leave on the heap.
    fn make_room(&mut self, more: usize) {
        let need = self.buf.len() + more;
        if need > self.buf.capacity() {
            let mut grown = Vec::with_capacity(need.max(self.buf.capacity() * 2));
            grown.extend_from_slice(&self.buf);
            self.buf.wipe();
            self.buf = grown;
        }
    }
}

/// Takes text as it comes.
struct Unescaped<'w>(&'w mut Writer);

impl fmt::Write for Unescaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_bytes(text.as_bytes());
        Ok(())
    }
}

impl Extend8 for Writer {
    fn push_bytes(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.buf.extend_from_slice(bytes);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.buf.wipe();
    }
}

const fn itoa_buffer() -> [u8; 20] {
    [0; 20]
}

fn format_int(n: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut rest = n.unsigned_abs();
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    &digits[at..]
}
