//! Which request headers are written, and how.

use std::collections::BTreeMap;

/// Headers that carry credentials are never written, not even as HMACs, whatever the rules say.
const NEVER: [&str; 6] =
    ["authorization", "cookie", "proxy-authorization", "x-vault-token", "x-bao-token", "x-kvd-token"];

/// The request headers to be written: lower-case name, and whether the value is hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderRules(BTreeMap<String, bool>);

impl HeaderRules {
    /// The rules for `headers`: a name in any case, and whether the value is hidden.
    pub fn new(headers: impl IntoIterator<Item = (String, bool)>) -> Self {
        Self(
            headers
                .into_iter()
                .map(|(name, hidden)| (name.to_ascii_lowercase(), hidden))
                .filter(|(name, _)| !NEVER.contains(&name.as_str()))
                .collect(),
        )
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(name, hidden)| (name.as_str(), *hidden))
    }
}
