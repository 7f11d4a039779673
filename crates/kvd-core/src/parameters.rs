//! A body's members as policies see them.

use kvd_json::{Kind, Object, Value};
use kvd_policy::{ParameterValue, Parameters};
use std::borrow::Cow;

/// Gives the policies the names and values of a body, on demand only.
pub(crate) struct BodyParameters<'a>(pub(crate) &'a Object);

impl Parameters for BodyParameters<'_> {
    fn fields(&self) -> Vec<(Cow<'_, str>, ParameterValue<'_>)> {
        self.0.iter().map(|(name, value)| (name, parameter(value))).collect()
    }
}

/// The depth of a body is bounded where it is parsed, and with it this recursion.
pub(crate) fn parameter(value: Value<'_>) -> ParameterValue<'_> {
    match value.kind() {
        Kind::Null => ParameterValue::Null,
        Kind::Bool => ParameterValue::Bool(value.as_bool().unwrap_or_default()),
        Kind::Number => ParameterValue::Number(Cow::Borrowed(value.text())),
        Kind::String => ParameterValue::String(value.as_str().unwrap_or_default()),
        Kind::Array => ParameterValue::List(value.as_array().into_iter().flatten().map(parameter).collect()),
        Kind::Object => ParameterValue::Object(
            value.as_object().into_iter().flat_map(|o| o.iter()).map(|(n, v)| (n, parameter(v))).collect(),
        ),
    }
}
