//! The environment variables of an invocation, each under its two names.

use std::{collections::BTreeMap, path::PathBuf};

/// The variables and the home folder a command may look at.
///
/// Commands never read the process environment themselves: tests run side by side and each has its own.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { variables: std::env::vars_os().filter_map(text).collect() }
    }

    /// An environment of the given variables and nothing else.
    #[must_use]
    pub fn of_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The setting `NAME` from `KVD_NAME` or, where that is unset or empty, from `VAULT_NAME`.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        ["KVD_", "VAULT_"].iter().find_map(|prefix| self.variable(&format!("{prefix}{name}")))
    }

    /// A variable by its whole name; empty counts as unset.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The folder that holds the token file and the user's configuration.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(PathBuf::from)
    }

    /// A path with a leading `~/` replaced by the home folder.
    pub(crate) fn expand(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.home()) {
            (Some(rest), Some(home)) => home.join(rest),
            (Some(_), None) | (None, _) => PathBuf::from(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_name_of_a_setting_wins_unless_it_is_empty() {
        for (pairs, expected) in [
            ([].as_slice(), None),
            (&[("VAULT_ADDR", "v")], Some("v")),
            (&[("VAULT_ADDR", "v"), ("KVD_ADDR", "k")], Some("k")),
            (&[("VAULT_ADDR", "v"), ("KVD_ADDR", "")], Some("v")),
            (&[("VAULT_ADDR", "")], None),
        ] {
            let environment = Environment::of_pairs(pairs.iter().copied());
            assert_eq!(environment.setting("ADDR"), expected, "{pairs:?}");
        }
    }
}
