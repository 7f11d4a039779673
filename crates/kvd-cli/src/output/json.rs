//! JSON as Go's `encoding/json` writes it: two blanks of indent, and `<`, `>`, `&` escaped.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// A document on several lines.
pub(crate) fn pretty(document: &impl Serialize) -> serde_json::Result<String> {
    write(document, Escaping(PrettyFormatter::new()))
}

/// A document on one line, without blanks: the body of a request.
pub(crate) fn compact(document: &impl Serialize) -> serde_json::Result<String> {
    write(document, Escaping(CompactFormatter))
}

fn write(document: &impl Serialize, formatter: impl Formatter) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    document.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes what HTML would misread as escapes, as Go does by default.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut letters = from.chars();
            if let Some(letter) = letters.next() {
                write!(writer, "\\u{:04x}", u32::from(letter))?;
            }
            rest = letters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn documents_are_indented_sorted_and_exact() {
        let value: Value =
            serde_json::from_str(r#"{"b": 12345678901234567890123, "a": [1.50, {}, []], "h": "<a&b> é"}"#)
                .unwrap();
        assert_eq!(
            pretty(&value).unwrap(),
            "{\n  \"a\": [\n    1.50,\n    {},\n    []\n  ],\n  \"b\": 12345678901234567890123,\n  \
             \"h\": \"\\u003ca\\u0026b\\u003e é\"\n}"
        );
        assert_eq!(
            compact(&value).unwrap(),
            r#"{"a":[1.50,{},[]],"b":12345678901234567890123,"h":"\u003ca\u0026b\u003e é"}"#
        );
    }
}
