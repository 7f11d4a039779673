//! An object and the places of its members.

use crate::{
    canon::{Canon, ParseError, Span},
    escape::unescape,
    limits::Limits,
    scan,
    text::Text,
    value::Value,
    writer::Writer,
};
use std::{borrow::Cow, fmt};

/// An object in canonical form, with its members at hand; wiped when dropped.
#[derive(Clone)]
pub struct Object {
    text: Text,
    spans: Vec<Span>,
}

impl Object {
    /// `{}`.
    pub fn empty() -> Self {
        Self { text: Text::trusted("{}".to_owned()), spans: Vec::new() }
    }

    /// Parses a body: nothing, `null` or one object. Of equal names the last one counts.
    ///
    /// # Errors
    /// When it is no such thing, or over `limits`.
    pub fn parse(input: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        let mut canon = Canon::new(input, limits);
        let spans = match canon.peek() {
            None => return Ok(Self::empty()),
            Some(b'{') => canon.object(1)?,
            Some(_) => {
                canon.value(0)?;
                canon.finish()?;
                let null = canon.out == b"null";
                return if null { Ok(Self::empty()) } else { Err(ParseError::NotAnObject) };
            }
        };
        canon.finish()?;
        let out = std::mem::take(&mut canon.out);
        let text = String::from_utf8(out).map_err(|e| ParseError::Text(e.utf8_error().valid_up_to()))?;
        Ok(Self { text: Text::trusted(text), spans })
    }

    /// An object of strings, such as a query's parameters; a name given several times becomes a list.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        if pairs.is_empty() {
            return Self::empty();
        }
        pairs.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        let mut w = Writer::new();
        w.begin_object();
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            w.key(&group[0].0);
            if let [(_, only)] = group {
                w.string(only);
            } else {
                w.begin_array();
                group.iter().for_each(|(_, v)| w.string(v));
                w.end_array();
            }
        }
        w.end_object();
        Self::from_text(w.finish())
    }

    /// An object out of a text that this crate wrote.
    pub fn from_text(text: Text) -> Self {
        let spans = ObjectRef(text.as_str()).spans();
        Self { text, spans }
    }

    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        let text = self.text.as_str();
        self.spans
            .iter()
            .find(|s| unescape(&text[s.name.clone()]) == name)
            .map(|s| Value::trusted(&text[s.value.clone()]))
    }

    /// All members, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, Value<'_>)> {
        let text = self.text.as_str();
        self.spans
            .iter()
            .map(move |s| (unescape(&text[s.name.clone()]), Value::trusted(&text[s.value.clone()])))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The canonical text.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The canonical text alone.
    pub fn into_text(self) -> Text {
        self.text
    }

    /// The object as a value.
    pub fn value(&self) -> Value<'_> {
        self.text.value()
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::empty()
    }
}

/// Names are shown, values are not.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} members)", self.spans.len())
    }
}

/// A borrowed object in canonical form.
#[derive(Clone, Copy)]
pub struct ObjectRef<'a>(pub(crate) &'a str);

impl<'a> ObjectRef<'a> {
    /// All members, sorted by name.
    pub fn iter(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        let text = self.0;
        self.spans().into_iter().map(move |s| (unescape(&text[s.name]), Value::trusted(&text[s.value])))
    }

    /// The member of that name.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        self.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    fn spans(self) -> Vec<Span> {
        let bytes = self.0.as_bytes();
        let mut spans = Vec::new();
        let mut at = 1;
        while bytes.get(at) == Some(&b'"') {
            let name = at + 1..skip(bytes, at) - 1;
            let from = name.end + 2;
            let to = skip(bytes, from);
            spans.push(Span { name, value: from..to });
            at = to + 1;
        }
        spans
    }
}

/// The end of the canonical value that starts at `at`.
pub(crate) fn skip(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                loop {
                    let rest = bytes.get(at..).unwrap_or_default();
                    at += scan::before(rest, |b| (b == b'"') | (b == b'\\'));
                    match bytes.get(at) {
                        Some(b'\\') => at += 2,
                        Some(_) | None => break,
                    }
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
            }
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
        if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
            return at;
        }
    }
    at.min(bytes.len())
}
