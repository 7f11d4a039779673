//! An owned JSON text that is wiped when dropped.

use crate::{Value, Wipe};
use std::fmt;

/// A canonical JSON text that may hold secrets: not shown by `Debug`, wiped on drop.
#[derive(Clone, Default)]
pub struct Text(String);

impl Text {
    /// Takes charge of a text that is known to be canonical JSON.
    pub(crate) fn trusted(text: String) -> Self {
        Self(text)
    }

    /// Takes a text that this crate wrote earlier, such as one read back from the store.
    ///
    /// # Errors
    /// When the bytes are no UTF-8. Whether they are JSON is not looked at: they are as trustworthy as the seal
    /// they come out of.
    pub fn from_stored(bytes: Vec<u8>) -> Result<Self, std::str::Utf8Error> {
        String::from_utf8(bytes).map(Self).map_err(|e| e.utf8_error())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as a value.
    pub fn value(&self) -> Value<'_> {
        Value::trusted(&self.0)
    }

    /// Hands the bytes over; the receiver wipes them.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0).into_bytes()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        self.0.wipe();
    }
}
