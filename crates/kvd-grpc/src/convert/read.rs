//! Reads the members of an answer.

use crate::exchange::Answer;
use kvd_json::{ObjectRef, Value};
use kvd_types::{Body, Fault};
use std::collections::HashMap;

/// The object that an answer says; none where it says none, or waits wrapped elsewhere.
pub(crate) fn object(answer: &Answer) -> Option<ObjectRef<'_>> {
    if answer.reply.wrap.is_some() {
        return None;
    }
    match &answer.reply.body {
        Body::Data(text) | Body::Doubled(text) | Body::Bare(text) => text.value().as_object(),
        Body::Empty | Body::Document { .. } => None,
    }
}

/// The members of an object, each found once.
pub(crate) struct Members<'a>(HashMap<String, Value<'a>>);

impl<'a> Members<'a> {
    /// Those of an object.
    pub(crate) fn of(object: ObjectRef<'a>) -> Self {
        Self(object.iter().map(|(name, value)| (name.into_owned(), value)).collect())
    }

    /// The member as it stands; `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.0.get(name).copied().filter(|value| !value.is_null())
    }

    /// A text; empty when it is absent.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).and_then(Value::as_str).unwrap_or_default().into_owned()
    }

    /// Whether it is there and true.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A number; 0 when it is absent.
    pub(crate) fn number<N: std::str::FromStr + Default>(&self, name: &str) -> N {
        self.get(name).and_then(Value::as_number).and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let list = self.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(|text| text.into_owned()).collect()
    }

    /// An object of texts.
    pub(crate) fn map(&self, name: &str) -> HashMap<String, String> {
        let object = self.get(name).and_then(Value::as_object).map(|object| object.iter());
        object
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.into_owned(), value.as_str()?.into_owned())))
            .collect()
    }
}

/// A JSON object that came in a message.
///
/// # Errors
/// When it is none, or over the limits.
pub(crate) fn given(bytes: &[u8], limits: &kvd_json::Limits) -> Result<kvd_json::Object, Fault> {
    if bytes.is_empty() {
        return Err(Fault::invalid("no data provided"));
    }
    kvd_json::Object::parse(bytes, limits)
        .map_err(|error| Fault::invalid(format!("failed to decode JSON input: {error}")))
}
