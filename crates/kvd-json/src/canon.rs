//! One pass over a JSON text: checks it, counts it, and writes it in canonical form.

use crate::{
    escape::{push_escaped, unescape},
    limits::Limits,
    wipe::Wipe,
};
use std::{cmp::Ordering, ops::Range};
use thiserror::Error;

/// Why a text is refused; says where, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Nested too deeply.
    #[error("exceeded maximum nesting depth")]
    Depth,
    /// Too many strings, or too many members and elements.
    #[error("exceeded maximum number of strings")]
    Size,
    /// Too much in all for whoever builds a tree of it.
    #[error("exceeded maximum estimated memory limits")]
    Memory,
    /// Another kind of value where an object has to stand.
    #[error("expected an object")]
    NotAnObject,
    /// Something follows the value.
    #[error("unexpected data after the value at byte {0}")]
    Trailing(usize),
    /// The text ends too early.
    #[error("unexpected end of JSON input")]
    End,
    /// A byte that cannot stand there.
    #[error("invalid character at byte {0}")]
    Byte(usize),
    /// Bytes that are no UTF-8, or half of a surrogate pair.
    #[error("invalid text at byte {0}")]
    Text(usize),
    /// A number too large to be told.
    #[error("number out of range at byte {0}")]
    Number(usize),
}

/// A member of an object in the output: the places of its name (without quotes) and of its value.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// What a value costs by the estimate of [`Limits::memory`].
const COST: usize = 16;
const COST_NUMBER: usize = COST + 8;
const COST_STRING: usize = COST + 16;
const COST_ARRAY: usize = COST + 24;
const COST_OBJECT: usize = COST + 72;

pub(crate) struct Canon<'a> {
    input: &'a [u8],
    at: usize,
    pub(crate) out: Vec<u8>,
    limits: &'a Limits,
    strings: usize,
    nodes: usize,
    memory: usize,
}

impl<'a> Canon<'a> {
    pub(crate) fn new(input: &'a [u8], limits: &'a Limits) -> Self {
        Self {
            input,
            at: 0,
            out: Vec::with_capacity(input.len() + input.len() / 8 + 16),
            limits,
            strings: 0,
            nodes: 0,
            memory: 0,
        }
    }

    /// Whether anything but white space is left; the place of the next byte.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.input.get(self.at) {
            self.at += 1;
        }
        self.input.get(self.at).copied()
    }

    pub(crate) fn finish(&mut self) -> Result<(), ParseError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(ParseError::Trailing(self.at)),
        }
    }

    /// Copies one value; `depth` is how many objects and arrays are open around it.
    pub(crate) fn value(&mut self, depth: usize) -> Result<(), ParseError> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(ParseError::Size);
        }
        match self.peek().ok_or(ParseError::End)? {
            b'{' => self.object(depth + 1).map(|_| ()),
            b'[' => self.array(depth + 1),
            b'"' => self.string().map(|_| ()),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(ParseError::Byte(self.at)),
        }
    }

    fn charge(&mut self, cost: usize) -> Result<(), ParseError> {
        self.memory += cost;
        if self.memory > self.limits.memory { Err(ParseError::Memory) } else { Ok(()) }
    }

    /// Copies an object, its members sorted; returns their places in the output.
    pub(crate) fn object(&mut self, depth: usize) -> Result<Vec<Span>, ParseError> {
        if depth > self.limits.depth {
            return Err(ParseError::Depth);
        }
        self.charge(COST_OBJECT)?;
        self.at += 1;
        let start = self.out.len();
        self.out.push(b'{');
        let mut spans: Vec<Span> = Vec::new();
        let mut sorted = true;
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.out.push(b'}');
            return Ok(spans);
        }
        loop {
            if self.peek().ok_or(ParseError::End)? != b'"' {
                return Err(ParseError::Byte(self.at));
            }
            let name = self.string()?;
            if self.peek().ok_or(ParseError::End)? != b':' {
                return Err(ParseError::Byte(self.at));
            }
            self.at += 1;
            self.out.push(b':');
            let from = self.out.len();
            self.value(depth)?;
            if let Some(last) = spans.last() {
                sorted &= compare_names(&self.out, &last.name, &name) == Ordering::Less;
            }
            spans.push(Span { name, value: from..self.out.len() });
            match self.peek().ok_or(ParseError::End)? {
                b',' => {
                    self.at += 1;
                    self.out.push(b',');
                }
                b'}' => break,
                _ => return Err(ParseError::Byte(self.at)),
            }
        }
        self.at += 1;
        self.out.push(b'}');
        if !sorted {
            spans = self.sort(start, spans);
        }
        Ok(spans)
    }

    /// Writes the members of the object at `start` anew, sorted by name, the last of equal names kept.
    fn sort(&mut self, start: usize, mut spans: Vec<Span>) -> Vec<Span> {
        let out = &self.out;
        spans.sort_by(|a, b| compare_names(out, &a.name, &b.name));
        let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match kept.last_mut() {
                Some(last) if compare_names(out, &last.name, &span.name) == Ordering::Equal => *last = span,
                _ => kept.push(span),
            }
        }
        let mut old = self.out[start..].to_vec();
        self.out.truncate(start);
        self.out.push(b'{');
        for (i, span) in kept.iter_mut().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            self.out.push(b'"');
            let name_at = self.out.len();
            self.out.extend_from_slice(&old[span.name.start - start..span.name.end - start]);
            let name = name_at..self.out.len();
            self.out.extend_from_slice(b"\":");
            let value_at = self.out.len();
            self.out.extend_from_slice(&old[span.value.start - start..span.value.end - start]);
            *span = Span { name, value: value_at..self.out.len() };
        }
        self.out.push(b'}');
        old.wipe();
        kept
    }

    fn array(&mut self, depth: usize) -> Result<(), ParseError> {
        if depth > self.limits.depth {
            return Err(ParseError::Depth);
        }
        self.charge(COST_ARRAY)?;
        self.at += 1;
        self.out.push(b'[');
        if self.peek() == Some(b']') {
            self.at += 1;
            self.out.push(b']');
            return Ok(());
        }
        loop {
            self.value(depth)?;
            match self.peek().ok_or(ParseError::End)? {
                b',' => self.out.push(b','),
                b']' => break,
                _ => return Err(ParseError::Byte(self.at)),
            }
            self.at += 1;
        }
        self.at += 1;
        self.out.push(b']');
        Ok(())
    }

    /// Copies a string literal; returns the place of its inside in the output.
    fn string(&mut self) -> Result<Range<usize>, ParseError> {
        self.strings += 1;
        if self.strings > self.limits.strings {
            return Err(ParseError::Size);
        }
        self.at += 1;
        self.out.push(b'"');
        let from = self.out.len();
        loop {
            let run = self.input[self.at..]
                .iter()
                .position(|b| matches!(b, b'"' | b'\\' | 0..0x20))
                .ok_or(ParseError::End)?;
            let text = std::str::from_utf8(&self.input[self.at..self.at + run])
                .map_err(|e| ParseError::Text(self.at + e.valid_up_to()))?;
            push_escaped(&mut self.out, text);
            self.at += run;
            match self.input[self.at] {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return Err(ParseError::Byte(self.at)),
            }
        }
        self.at += 1;
        let place = from..self.out.len();
        self.charge(COST_STRING + place.len())?;
        self.out.push(b'"');
        Ok(place)
    }

    fn escape(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        let letter = *self.input.get(start + 1).ok_or(ParseError::End)?;
        self.at += 2;
        let c = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => match self.unit()? {
                high @ 0xd800..0xdc00 => {
                    if self.input.get(self.at..self.at + 2) != Some(b"\\u") {
                        return Err(ParseError::Text(start));
                    }
                    self.at += 2;
                    match self.unit()? {
                        low @ 0xdc00..0xe000 => {
                            char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
                                .ok_or(ParseError::Text(start))?
                        }
                        _ => return Err(ParseError::Text(start)),
                    }
                }
                unit => char::from_u32(unit).ok_or(ParseError::Text(start))?,
            },
            _ => return Err(ParseError::Byte(start + 1)),
        };
        push_escaped(&mut self.out, c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn unit(&mut self) -> Result<u32, ParseError> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = *self.input.get(self.at).ok_or(ParseError::End)?;
            unit = unit * 16 + char::from(byte).to_digit(16).ok_or(ParseError::Byte(self.at))?;
            self.at += 1;
        }
        Ok(unit)
    }

    fn word(&mut self, word: &[u8]) -> Result<(), ParseError> {
        for byte in word {
            match self.input.get(self.at) {
                Some(b) if b == byte => self.at += 1,
                Some(_) => return Err(ParseError::Byte(self.at)),
                None => return Err(ParseError::End),
            }
        }
        self.out.extend_from_slice(word);
        self.charge(COST + 1)
    }

    /// Copies a number as it stands, every digit of it.
    fn number(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        if self.input[self.at] == b'-' {
            self.at += 1;
        }
        let whole = self.at;
        self.digits()?;
        if self.input[whole] == b'0' && self.at > whole + 1 {
            return Err(ParseError::Byte(whole + 1));
        }
        if self.input.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        let exponent = matches!(self.input.get(self.at), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            if let Some(b'+' | b'-') = self.input.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.input[start..self.at];
        if exponent || text.len() > 300 {
            let finite = std::str::from_utf8(text)
                .ok()
                .and_then(|t| t.parse::<f64>().ok())
                .is_some_and(f64::is_finite);
            if !finite {
                return Err(ParseError::Number(start));
            }
        }
        self.out.extend_from_slice(text);
        self.charge(COST_NUMBER)
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let run = self.input[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if run == 0 {
            return Err(if self.at < self.input.len() { ParseError::Byte(self.at) } else { ParseError::End });
        }
        self.at += run;
        Ok(())
    }
}

impl Drop for Canon<'_> {
    fn drop(&mut self) {
        self.out.wipe();
    }
}

/// By the bytes of the names themselves, not of their escaped forms, as Go sorts the keys of a map.
fn compare_names(out: &[u8], a: &Range<usize>, b: &Range<usize>) -> Ordering {
    let (a, b) = (&out[a.clone()], &out[b.clone()]);
    if a.contains(&b'\\') || b.contains(&b'\\') {
        let text = |bytes| std::str::from_utf8(bytes).map(unescape).unwrap_or_default();
        return text(a).as_bytes().cmp(text(b).as_bytes());
    }
    a.cmp(b)
}
