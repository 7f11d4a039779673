//! A borrowed value in canonical form.

use crate::{
    escape::unescape,
    object::{ObjectRef, skip},
};
use serde::de::DeserializeOwned;
use std::{borrow::Cow, fmt};

/// A slice of canonical JSON text that is exactly one value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Value<'a>(&'a str);

/// The six kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, with every digit.
    Number,
    /// A string.
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

impl<'a> Value<'a> {
    /// The value `null`.
    pub const NULL: Value<'static> = Value("null");

    /// The value `{}`.
    pub const EMPTY_OBJECT: Value<'static> = Value("{}");

    pub(crate) const fn trusted(text: &'a str) -> Self {
        Self(text)
    }

    /// Looks at a text that this crate wrote earlier, such as one read back from the store.
    ///
    /// # Errors
    /// When the bytes are no UTF-8. Whether they are JSON is not looked at: they are as trustworthy as the seal
    /// they come out of.
    pub fn from_stored(bytes: &'a [u8]) -> Result<Self, std::str::Utf8Error> {
        std::str::from_utf8(bytes).map(Self)
    }

    /// The text itself.
    pub const fn text(self) -> &'a str {
        self.0
    }

    /// What kind of value it is.
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The text of a string.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| unescape(&self.0[1..self.0.len() - 1]))
    }

    /// The digits of a number.
    pub fn as_number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then_some(self.0)
    }

    /// The truth of a boolean.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then_some(self.0 == "true")
    }

    /// The members of an object.
    pub fn as_object(self) -> Option<ObjectRef<'a>> {
        (self.kind() == Kind::Object).then_some(ObjectRef(self.0))
    }

    /// The elements of an array.
    pub fn as_array(self) -> Option<impl Iterator<Item = Value<'a>>> {
        (self.kind() == Kind::Array).then(|| {
            let text = self.0;
            let mut at = 1;
            std::iter::from_fn(move || {
                if at + 1 >= text.len() {
                    return None;
                }
                let end = skip(text.as_bytes(), at);
                let value = Value(&text[at..end]);
                at = end + 1;
                Some(value)
            })
        })
    }

    /// Builds a type out of the value, off the hot path.
    ///
    /// The error of the decoder is dropped, because it would quote the value.
    pub fn decode<T: DeserializeOwned>(self) -> Option<T> {
        serde_json::from_str(self.0).ok()
    }
}

/// The kind alone: a value may be a secret.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} bytes)", self.kind(), self.0.len())
    }
}
