//! The names of policies.

use std::fmt;
use std::sync::Arc;

/// Longest name in bytes.
const MAX_BYTES: usize = 512;

/// A checked, lower-case name of a policy.
///
/// `root` is no such name: what the root policy grants is [`Acl::root`](crate::Acl::root), and no list of ordinary
/// names can lead there. A name may hold slashes (`team/web`), but no part of it is empty, `.` or `..`, so no
/// joining of names into keys or paths can climb out (V-008).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName(Arc<str>);

/// Why a text is not the name of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("policy name must not be empty")]
    Empty,
    /// A control character, or a blank at either end.
    #[error("policy name must not contain control characters or start or end with a blank")]
    Character,
    /// A part between slashes is empty, `.` or `..`.
    #[error("policy name must not contain empty or relative path segments")]
    Relative,
    /// The text is `root` in some spelling.
    #[error("\"root\" is not the name of an ordinary policy")]
    Root,
    /// More than 512 bytes.
    #[error("policy name is too long")]
    TooLong,
}

impl PolicyName {
    /// Takes a name as a user wrote it; upper case becomes lower case.
    ///
    /// # Errors
    /// What keeps the text from being a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.len() > MAX_BYTES {
            return Err(NameError::TooLong);
        }
        let name = text.to_lowercase();
        match name.trim() {
            "" => return Err(NameError::Empty),
            "root" => return Err(NameError::Root),
            trimmed if trimmed != name => return Err(NameError::Character),
            _ => {}
        }
        if name.chars().any(is_unprintable) {
            return Err(NameError::Character);
        }
        if name.split('/').any(|part| matches!(part.trim(), "" | "." | "..")) {
            return Err(NameError::Relative);
        }
        Ok(Self(name.into()))
    }

    /// `default`: every token gets this policy unless it asks not to.
    #[must_use]
    pub fn default_policy() -> Self {
        Self("default".into())
    }

    /// `response-wrapping`: what a wrapping token may do. It is never assigned by users.
    #[must_use]
    pub fn response_wrapping() -> Self {
        Self("response-wrapping".into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Besides control characters these are the invisible ones that make two names look alike.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::{NameError, PolicyName};

    fn check(text: &str, expected: Result<&str, NameError>) {
        let name = PolicyName::parse(text);
        assert_eq!(name.as_ref().map(PolicyName::as_str).map_err(|error| *error), expected, "{text:?}");
    }

    #[test]
    fn row_5_6_names_are_lower_case() {
        check("Team-Web", Ok("team-web"));
        check("a.b_c-1", Ok("a.b_c-1"));
        check("team/web", Ok("team/web"));
        check("with space", Ok("with space"));
        check("ÄRGER", Ok("ärger"));
    }

    #[test]
    fn v_008_no_name_climbs() {
        for text in [
            "../root",
            "a/../root",
            "./root",
            ".",
            "..",
            "a/.",
            "a//b",
            "/a",
            "a/",
            "team-x/../admin",
            "a/ ../b",
        ] {
            check(text, Err(NameError::Relative));
        }
    }

    #[test]
    fn v_022_root_is_no_name_in_any_spelling() {
        for text in ["root", "ROOT", "Root", " root", "root\t", "RoOt\n", "\u{a0}root"] {
            check(text, Err(NameError::Root));
        }
    }

    #[test]
    fn unprintable_and_endless_names_are_refused() {
        check("", Err(NameError::Empty));
        check("  ", Err(NameError::Empty));
        for text in [" a", "a ", "a\tb", "a\0", "a\nb", "a\u{200b}", "\u{feff}a", "a\u{a0}b"] {
            check(text, Err(NameError::Character));
        }
        check(&"a".repeat(513), Err(NameError::TooLong));
        assert!(PolicyName::parse(&"a".repeat(512)).is_ok());
    }
}
