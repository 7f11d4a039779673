//! What a token says, once its signature was verified.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// The members of a payload.
#[derive(Clone, Debug)]
pub(crate) struct Claims(Value);

impl Claims {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self(Value::Object(members))
    }

    /// The member of that very name; `null` counts as none.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    /// The member that a role names: by a JSON pointer (RFC 6901) where the name begins with a slash.
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        if name.starts_with('/') { self.0.pointer(name).filter(|v| !v.is_null()) } else { self.member(name) }
    }

    /// The audiences: a list, or a single one; none when there is no such claim.
    ///
    /// # Errors
    /// When the claim is anything else.
    pub(crate) fn audiences(&self) -> Result<Vec<Cow<'_, str>>, super::TokenError> {
        let text = |value: &'_ Value| value.as_str().map(|t| Cow::Owned(t.to_owned()));
        let all = match self.member("aud") {
            None => Some(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(text).collect(),
            Some(one) => text(one).map(|one| vec![one]),
        };
        all.ok_or(super::TokenError::Type("audience (aud)"))
    }
}
