//! Reads the members of a body into types, as leniently as clients of Vault expect.

use kvd_json::{Kind, Object, Value};
use kvd_types::{Fault, parse_duration};
use std::{borrow::Cow, collections::BTreeMap, time::Duration};

/// The members of a body; `null` counts as absent.
#[derive(Clone, Copy)]
pub struct Input<'a>(&'a Object);

/// The refusal of a value of the wrong type: names the field, never the value.
pub fn field_error(name: &str) -> Fault {
    Fault::invalid(format!("Field validation failed: error converting input for field {name:?}"))
}

impl<'a> Input<'a> {
    /// Reads from `object`.
    pub fn new(object: &'a Object) -> Self {
        Self(object)
    }

    /// The member as it stands.
    pub fn raw(self, name: &str) -> Option<Value<'a>> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    /// Whether the member is there, be it `null`.
    pub fn has(self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    /// Text; numbers and booleans count as their texts.
    ///
    /// # Errors
    /// When it is a list or an object.
    pub fn string(self, name: &str) -> Result<Option<Cow<'a, str>>, Fault> {
        self.raw(name).map(|v| scalar(v).ok_or_else(|| field_error(name))).transpose()
    }

    /// Text that says something; an empty one counts as absent.
    ///
    /// # Errors
    /// When it is a list or an object.
    pub fn text(self, name: &str) -> Result<Option<String>, Fault> {
        Ok(self.string(name)?.map(Cow::into_owned).filter(|text| !text.is_empty()))
    }

    /// A boolean, or a word that stands for one.
    ///
    /// # Errors
    /// When it is nothing of the kind.
    pub fn bool(self, name: &str) -> Result<Option<bool>, Fault> {
        self.raw(name).map(|v| truth(v).ok_or_else(|| field_error(name))).transpose()
    }

    /// A whole number, or its digits as text.
    ///
    /// # Errors
    /// When it is no whole number or does not fit 64 bits.
    pub fn int(self, name: &str) -> Result<Option<i64>, Fault> {
        self.raw(name).map(|v| whole(v).ok_or_else(|| field_error(name))).transpose()
    }

    /// Nanoseconds, out of a number of seconds or a duration as text; may be negative.
    ///
    /// # Errors
    /// When it is no duration.
    pub fn signed_duration(self, name: &str) -> Result<Option<i64>, Fault> {
        self.raw(name).map(|v| nanoseconds(v).ok_or_else(|| field_error(name))).transpose()
    }

    /// A length of time, in whole seconds as Vault keeps them.
    ///
    /// # Errors
    /// When it is no duration or a negative one.
    pub fn duration(self, name: &str) -> Result<Option<Duration>, Fault> {
        self.signed_duration(name)?
            .map(|n| {
                u64::try_from(n)
                    .map(|n| Duration::from_secs(n / 1_000_000_000))
                    .map_err(|_| field_error(name))
            })
            .transpose()
    }

    /// A list, out of an array or of one text with commas; blanks around elements go, and empty elements of a text.
    ///
    /// # Errors
    /// When an element is a list or an object.
    pub fn list(self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        self.raw(name).map(|v| list(v).ok_or_else(|| field_error(name))).transpose()
    }

    /// Whole numbers, out of an array, or of one text with commas and nothing around the numbers.
    ///
    /// # Errors
    /// When an element is no whole number or does not fit 64 bits.
    pub fn ints(self, name: &str) -> Result<Option<Vec<i64>>, Fault> {
        self.raw(name).map(|v| ints(v).ok_or_else(|| field_error(name))).transpose()
    }

    /// An object; an empty list counts as an empty one, since that is how some languages write it.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn object(self, name: &str) -> Result<Option<Value<'a>>, Fault> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        match value.kind() {
            Kind::Object => Ok(Some(value)),
            Kind::Array if value.text() == "[]" => Ok(Some(Value::EMPTY_OBJECT)),
            Kind::Null | Kind::Bool | Kind::Number | Kind::String | Kind::Array => Err(field_error(name)),
        }
    }

    /// A map of texts, or pairs `name=value`, one or a list of them.
    ///
    /// # Errors
    /// When it is nothing of the kind.
    pub fn pairs(self, name: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        let pairs: Option<Vec<Cow<'a, str>>> = match value.kind() {
            Kind::Object => return self.map(name),
            Kind::Array => value.as_array().and_then(|elements| elements.map(scalar).collect()),
            Kind::String => value.as_str().map(|text| vec![text]),
            Kind::Null | Kind::Bool | Kind::Number => None,
        };
        let split = |pair: &Cow<'a, str>| {
            pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let pairs = pairs.and_then(|pairs| pairs.iter().map(split).collect());
        pairs.map(Some).ok_or_else(|| field_error(name))
    }

    /// A map of texts.
    ///
    /// # Errors
    /// When it is no object, or a member of it is a list or an object.
    pub fn map(self, name: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
        let Some(object) = self.object(name)?.and_then(Value::as_object) else { return Ok(None) };
        let members: Option<BTreeMap<_, _>> =
            object.iter().map(|(k, v)| Some((k.into_owned(), scalar(v)?.into_owned()))).collect();
        members.map(Some).ok_or_else(|| field_error(name))
    }
}

fn scalar(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.kind() {
        Kind::String => value.as_str(),
        Kind::Number => Some(Cow::Borrowed(value.text())),
        // As Go's weakly typed decoder writes them.
        Kind::Bool => Some(Cow::Borrowed(if value.as_bool()? { "1" } else { "0" })),
        Kind::Null => Some(Cow::Borrowed("")),
        Kind::Array | Kind::Object => None,
    }
}

fn truth(value: Value<'_>) -> Option<bool> {
    match value.kind() {
        Kind::Bool => value.as_bool(),
        // Go reads a number as its text, and only these two stand for truth.
        Kind::Number => match value.text() {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        },
        Kind::String => match &*value.as_str()? {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        },
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

/// A whole number, or what counts as one: its text in any base that Go has a prefix for, nothing, and truth.
pub fn whole(value: Value<'_>) -> Option<i64> {
    match value.kind() {
        Kind::Number => value.text().parse().ok(),
        Kind::String => match &*value.as_str()? {
            "" => Some(0),
            digits => integer(digits),
        },
        Kind::Bool => Some(i64::from(value.as_bool()?)),
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

/// The spellings that Go's `strconv.ParseInt` takes when it is left to find the base.
fn integer(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, prefix) = match rest.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, 2),
        [b'0', b'o' | b'O', ..] => (8, 2),
        [b'0', b'b' | b'B', ..] => (2, 2),
        [b'0', _, ..] => (8, 1),
        _ => (10, 0),
    };
    let digits = rest.get(prefix..)?;
    // An underscore may stand behind a prefix and between digits.
    let groups = if prefix == 0 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    if groups.split('_').any(|group| group.is_empty() || !group.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{}", groups.replace('_', "")), radix).ok()
}

fn ints(value: Value<'_>) -> Option<Vec<i64>> {
    let element = |v: Value<'_>| if v.is_null() { Some(0) } else { whole(v) };
    if let Some(elements) = value.as_array() {
        return elements.map(element).collect();
    }
    if value.text() == "{}" {
        return Some(Vec::new());
    }
    match &*scalar(value)? {
        "" => Some(Vec::new()),
        texts => texts.split(',').map(|text| if text.is_empty() { Some(0) } else { integer(text) }).collect(),
    }
}

fn nanoseconds(value: Value<'_>) -> Option<i64> {
    match value.kind() {
        Kind::Number => value.text().parse::<i64>().ok()?.checked_mul(1_000_000_000),
        Kind::String => parse_duration(&value.as_str()?).ok(),
        Kind::Null | Kind::Bool | Kind::Array | Kind::Object => None,
    }
}

fn list(value: Value<'_>) -> Option<Vec<String>> {
    match value.as_array() {
        Some(elements) => elements.map(|v| Some(scalar(v)?.trim().to_owned())).collect(),
        // Some clients write an empty list so.
        None if value.as_object().is_some_and(|object| object.iter().next().is_none()) => Some(Vec::new()),
        None => {
            let text = scalar(value)?;
            Some(text.split(',').map(str::trim).filter(|e| !e.is_empty()).map(str::to_owned).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_json::Limits;

    fn with<T>(value: &str, read: impl Fn(Input<'_>) -> T) -> T {
        let object = Object::parse(format!("{{\"f\":{value}}}").as_bytes(), &Limits::default()).unwrap();
        read(Input::new(&object))
    }

    #[test]
    fn values_are_read_as_clients_write_them() {
        let bools = [
            ("true", Some(true)),
            ("\"f\"", Some(false)),
            ("1", Some(true)),
            ("0", Some(false)),
            ("2", None),
            ("1.0", None),
            ("\"yes\"", None),
            ("[]", None),
        ];
        for (text, want) in bools {
            assert_eq!(with(text, |i| i.bool("f").ok().flatten()), want, "{text}");
        }
        for (text, want) in [
            ("5", Some(5)),
            ("\"5\"", Some(5)),
            ("1.5", None),
            ("\"x\"", None),
            ("{}", None),
            ("99999999999999999999", None),
            ("\"0x1f\"", Some(31)),
            ("\"-0b11\"", Some(-3)),
            ("\"010\"", Some(8)),
            ("\"0o_7\"", Some(7)),
            ("\"+1_000\"", Some(1000)),
            ("\"09\"", None),
            ("\"0x\"", None),
            ("\"1__0\"", None),
            ("\"_1\"", None),
            ("\"+-1\"", None),
            ("\" 1\"", None),
            ("\"-9223372036854775808\"", Some(i64::MIN)),
        ] {
            assert_eq!(with(text, |i| i.int("f").ok().flatten()), want, "{text}");
        }
        for (text, want) in [
            ("90", Some(90)),
            ("\"1h\"", Some(3600)),
            ("\"90\"", Some(90)),
            ("5.9", None),
            ("-1", None),
            ("true", None),
        ] {
            assert_eq!(with(text, |i| i.duration("f").ok().flatten().map(|d| d.as_secs())), want, "{text}");
        }
        for (text, want) in [
            ("[\" a\\n\",1]", vec!["a", "1"]),
            ("\"a, b,,c\"", vec!["a", "b", "c"]),
            ("\"\"", vec![]),
            ("{}", vec![]),
        ] {
            assert_eq!(with(text, |i| i.list("f").unwrap().unwrap()), want, "{text}");
        }
        assert!(with("null", |i| i.string("f").unwrap().is_none() && i.has("f")));
    }

    #[test]
    fn lists_of_numbers_are_read_as_clients_write_them() {
        for (text, want) in [
            ("[1,\"2\",true,null,\"\"]", Some(vec![1, 2, 1, 0, 0])),
            ("\"1,2\"", Some(vec![1, 2])),
            ("\",0x3\"", Some(vec![0, 3])),
            ("7", Some(vec![7])),
            ("\"\"", Some(vec![])),
            ("{}", Some(vec![])),
            ("\"1, 2\"", None),
            ("[1.5]", None),
            ("[[1]]", None),
            ("{\"a\":1}", None),
        ] {
            assert_eq!(with(text, |i| i.ints("f").ok().flatten()), want, "{text}");
        }
    }

    #[test]
    fn an_empty_list_is_an_empty_object_and_any_other_is_none() {
        for (text, want) in
            [("{\"a\":1}", Some("{\"a\":1}")), ("[]", Some("{}")), ("[{}]", None), ("\"\"", None)]
        {
            assert_eq!(
                with(text, |i| i.object("f").ok().flatten().map(|v| v.text().to_owned())).as_deref(),
                want
            );
        }
    }

    #[test]
    fn a_refusal_names_the_field_and_not_the_value() {
        let fault = with("{\"secret\":\"hunter2\"}", |i| i.string("f").err().unwrap());
        assert_eq!(fault.public, ["Field validation failed: error converting input for field \"f\""]);
    }
}
