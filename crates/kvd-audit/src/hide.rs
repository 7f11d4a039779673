//! Copies values into a line with every text hidden, save those under a name that is exempt.

use crate::Hasher;
use kvd_json::{Kind, Value, Writer, map_strings};

/// How texts go into the lines of one device.
#[derive(Clone, Copy)]
pub(crate) enum Veil<'a> {
    /// As HMACs.
    Hashed(&'a Hasher),
    /// As they are, because the device is set up so.
    Clear,
}

impl Veil<'_> {
    /// Writes `text`, which nobody has declared fit to be seen.
    pub(crate) fn text(self, text: &str, out: &mut Writer) {
        match self {
            Self::Hashed(hasher) => out.string(hasher.digest(text.as_bytes()).label().as_str()),
            Self::Clear => out.string(text),
        }
    }

    /// Writes a document that need not be text.
    pub(crate) fn bytes(self, bytes: &[u8], out: &mut Writer) {
        match self {
            Self::Hashed(hasher) => out.string(hasher.digest(bytes).label().as_str()),
            Self::Clear => out.string(&String::from_utf8_lossy(bytes)),
        }
    }

    /// Writes `value`: texts hidden, names, numbers, booleans and nulls as they are.
    ///
    /// A text is exempt when the nearest name above it is in `clear`; lists count as their name.
    pub(crate) fn value(self, value: Value<'_>, clear: &[String], out: &mut Writer) {
        match self {
            Self::Clear => out.raw(value),
            Self::Hashed(_) if clear.is_empty() => {
                map_strings(value, out, &mut |text, out| self.text(text, out));
            }
            Self::Hashed(_) => self.walk(value, clear, false, out),
        }
    }

    fn walk(self, value: Value<'_>, clear: &[String], exempt: bool, out: &mut Writer) {
        match value.kind() {
            Kind::Object => {
                out.begin_object();
                for (name, member) in value.as_object().into_iter().flat_map(|o| o.iter()) {
                    out.key(&name);
                    self.walk(member, clear, clear.iter().any(|c| *c == *name), out);
                }
                out.end_object();
            }
            Kind::Array => {
                out.begin_array();
                for element in value.as_array().into_iter().flatten() {
                    self.walk(element, clear, exempt, out);
                }
                out.end_array();
            }
            Kind::String if exempt => out.raw(value),
            Kind::String => {
                if let Some(text) = value.as_str() {
                    self.text(&text, out);
                }
            }
            Kind::Null | Kind::Bool | Kind::Number => out.raw(value),
        }
    }

    /// As [`Veil::value`], with the number of names in place of a listing's names.
    pub(crate) fn elided(self, value: Value<'_>, clear: &[String], out: &mut Writer) {
        let Some(object) = value.as_object() else {
            return self.value(value, clear, out);
        };
        out.begin_object();
        for (name, member) in object.iter() {
            out.key(&name);
            let count = match &*name {
                "keys" => member.as_array().map(Iterator::count),
                "key_info" => member.as_object().map(|o| o.iter().count()),
                _ => None,
            };
            match (count, self) {
                (Some(count), _) => out.int(i64::try_from(count).unwrap_or(i64::MAX)),
                (None, Self::Clear) => out.raw(member),
                (None, Self::Hashed(_)) => self.walk(member, clear, clear.iter().any(|c| *c == *name), out),
            }
        }
        out.end_object();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_json::{Limits, Object};
    use proptest::prelude::*;

    fn shown(input: &str, clear: &[&str], elide: bool) -> String {
        let hasher = Hasher::new(b"salt");
        let object = Object::parse(input.as_bytes(), &Limits::default()).unwrap();
        let clear: Vec<String> = clear.iter().map(|c| (*c).to_owned()).collect();
        let mut out = Writer::new();
        let veil = Veil::Hashed(&hasher);
        if elide {
            veil.elided(object.value(), &clear, &mut out)
        } else {
            veil.value(object.value(), &clear, &mut out)
        }
        let mut text = out.finish().as_str().to_owned();
        for (n, secret) in ["one", "two", "", "1999-12-31T23:59:58Z"].iter().enumerate() {
            text = text.replace(&hasher.hash(secret), &format!("#{n}"));
        }
        text
    }

    #[test]
    fn texts_are_hidden_and_the_rest_is_not() {
        for (input, clear, elide, want) in [
            (r#"{}"#, &[][..], false, r#"{}"#),
            (
                r#"{"a":"one","b":[1,"two",null,true,{"c":"one"}]}"#,
                &[],
                false,
                r##"{"a":"#0","b":[1,"#1",null,true,{"c":"#0"}]}"##,
            ),
            (r#"{"a":"1999-12-31T23:59:58Z","b":""}"#, &[], false, r##"{"a":"#3","b":"#2"}"##),
            (
                r#"{"n":123456789012345678901234567890.10}"#,
                &[],
                false,
                r#"{"n":123456789012345678901234567890.10}"#,
            ),
            (r#"{"a":"one","b":"two"}"#, &["a"], false, r##"{"a":"one","b":"#1"}"##),
            (r#"{"a":["one",["two"]],"b":["one"]}"#, &["a"], false, r##"{"a":["one",["two"]],"b":["#0"]}"##),
            (r#"{"a":{"b":"one"}}"#, &["a"], false, r##"{"a":{"b":"#0"}}"##),
            (r#"{"a":{"b":"one","c":"one"}}"#, &["b"], false, r##"{"a":{"b":"one","c":"#0"}}"##),
            (
                r#"{"keys":["one","two"],"key_info":{"one":{"x":"two"}}}"#,
                &[],
                true,
                r#"{"key_info":1,"keys":2}"#,
            ),
            (
                r#"{"keys":"one","other":["two"],"x":"one"}"#,
                &["x"],
                true,
                r##"{"keys":"#0","other":["#1"],"x":"one"}"##,
            ),
        ] {
            assert_eq!(shown(input, clear, elide), want, "{input}");
        }
    }

    proptest! {
        #[test]
        fn a_text_never_appears_in_clear_unless_its_name_is_exempt(
            members in prop::collection::btree_map("[a-d]", "CANARY[a-zA-Z0-9\"\\\\\u{e9}]{0,6}", 1..4),
            nested in prop::collection::vec("CANARY[a-z]{0,6}", 0..4),
            exempt in "[a-e]",
            elide in any::<bool>(),
        ) {
            let mut w = Writer::new();
            w.begin_object();
            for (name, text) in &members {
                w.key(name);
                w.string(text);
            }
            w.key("keys");
            w.begin_array();
            w.begin_object();
            w.key("deep");
            w.strings(&nested);
            w.end_object();
            w.end_array();
            w.end_object();
            let input = w.finish();
            let out = shown(input.as_str(), &[&exempt], elide);
            let canaries = out.matches("CANARY").count();
            prop_assert_eq!(canaries, usize::from(members.contains_key(&exempt)), "{}", out);
        }
    }
}
