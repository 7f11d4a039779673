//! The paths of rules: exact, with a star at the end, or with plus signs for whole segments.

use std::cmp::Reverse;

use crate::fold::fold;

/// Most segments that a pattern with a plus may have; matching goes one call deep per segment.
const MAX_SEGMENTS: usize = 256;

/// Which paths a rule is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// Without the star at the end.
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// This path only.
    Exact,
    /// Every path that starts so.
    Prefix,
    /// Plus signs stand for one segment each; `open` if a star at the end takes the rest.
    Segments { open: bool },
}

/// Why a text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// There is nothing to match.
    #[error("path must not be empty")]
    Empty,
    /// A plus and a star together have no meaning of their own.
    #[error("invalid use of wildcards ('+*' is forbidden)")]
    PlusStar,
    /// No request path has such segments, so the rule would never be used.
    #[error("relative paths not supported")]
    Relative,
    /// More segments than a path can need.
    #[error("path has too many segments")]
    TooManySegments,
}

/// As it would stand in a policy; a deny's is in the folded form in which it is matched.
impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)?;
        f.write_str(if self.is_prefix() { "*" } else { "" })
    }
}

impl Pattern {
    /// Reads a path as it stands in a policy. A slash in front is dropped.
    ///
    /// # Errors
    /// What keeps the text from being a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.contains("+*") {
            return Err(PatternError::PlusStar);
        }
        if text.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(PatternError::Relative);
        }
        let (text, open) = match text.strip_suffix('*') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let kind = if text.split('/').any(|segment| segment == "+") {
            if text.split('/').count() > MAX_SEGMENTS {
                return Err(PatternError::TooManySegments);
            }
            Kind::Segments { open }
        } else if open {
            Kind::Prefix
        } else {
            Kind::Exact
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The pattern without the star at its end, as Vault names it in `resultant-acl`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it matches one path only.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.kind == Kind::Exact
    }

    /// Whether it has a star at its end.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        matches!(self.kind, Kind::Prefix | Kind::Segments { open: true })
    }

    /// Whether it has a plus that stands for a segment.
    #[must_use]
    pub fn has_plus(&self) -> bool {
        matches!(self.kind, Kind::Segments { .. })
    }

    /// Whether a path is one of those meant.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let open = match self.kind {
            Kind::Exact => return path == self.text,
            Kind::Prefix => return path.starts_with(&self.text),
            Kind::Segments { open } => open,
        };
        let mut segments = path.split('/');
        let mut wanted = self.text.split('/').peekable();
        while let Some(want) = wanted.next() {
            let Some(segment) = segments.next() else { return false };
            let is_last = wanted.peek().is_none();
            if open && is_last {
                return segment.starts_with(want);
            }
            if want != "+" && want != segment {
                return false;
            }
        }
        segments.next().is_none()
    }

    /// Whether it is about paths below a mount, whose path ends with a slash. Shorter patterns that cover the whole
    /// mount do not count: they also match the mount's own path, where a narrower deny can beat them.
    pub(crate) fn reaches_below(&self, mount: &str) -> bool {
        if !self.has_plus() {
            return self.text.starts_with(mount);
        }
        let mut wanted = self.text.split('/');
        let mut segments = mount.trim_end_matches('/').split('/');
        segments.all(|segment| wanted.next().is_some_and(|want| want == "+" || want == segment))
            && wanted.next().is_some()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The same pattern for folded paths.
    pub(crate) fn folded(&self) -> Self {
        Self { text: fold(&self.text).into_owned(), kind: self.kind }
    }

    /// How the pattern stands among others that match the same path; the greatest decides.
    pub(crate) fn priority(&self) -> Priority {
        let is_plus = |segment: &&str| *segment == "+";
        let literal = match self.text.split('/').position(|segment| segment == "+") {
            Some(position) => {
                self.text.split('/').take(position).map(|segment| segment.chars().count() + 1).sum()
            }
            None => self.text.chars().count(),
        };
        Priority {
            literal,
            is_closed: !self.is_prefix(),
            pluses: Reverse(self.text.split('/').filter(is_plus).count()),
            length: self.text.chars().count(),
            text: fold(&self.text).into(),
        }
    }
}

/// Vault's order among patterns that match the same path, first difference first: the later first wildcard wins, then
/// no star at the end, then fewer plus signs, then the longer text, then the greater text.
///
/// Places are counted in characters and texts compared folded, so that a deny, which is matched without regard to
/// case, has the same place as the rule it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Priority {
    literal: usize,
    is_closed: bool,
    pluses: Reverse<usize>,
    length: usize,
    text: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::{Pattern, PatternError};

    #[test]
    fn texts_that_are_no_patterns_are_refused() {
        for (text, expected) in [
            ("", PatternError::Empty),
            ("/", PatternError::Empty),
            ("+*", PatternError::PlusStar),
            ("kv/+*", PatternError::PlusStar),
            ("kv/+*/x", PatternError::PlusStar),
            ("../x", PatternError::Relative),
            ("a/./b", PatternError::Relative),
            ("a/..", PatternError::Relative),
        ] {
            assert_eq!(Pattern::parse(text), Err(expected), "{text}");
        }
        assert_eq!(Pattern::parse(&"+/".repeat(256)), Err(PatternError::TooManySegments));
        assert!(Pattern::parse(&"a/".repeat(1000)).is_ok());
    }

    #[test]
    fn a_pattern_matches_what_it_says() {
        for (pattern, matching, others) in [
            ("kv/a", vec!["kv/a"], vec!["kv/a/", "kv/ab", "kv", "KV/a"]),
            ("/kv/a", vec!["kv/a"], vec!["/kv/a"]),
            ("kv/a*", vec!["kv/a", "kv/ab", "kv/a/b/c"], vec!["kv/", "kv/b"]),
            ("*", vec!["", "kv", "a/b"], vec![]),
            ("kv/a*b", vec!["kv/a*b"], vec!["kv/aXb"]),
            ("kv/n+m", vec!["kv/n+m"], vec!["kv/nxm"]),
            ("kv/+/db", vec!["kv/web/db", "kv//db"], vec!["kv/db", "kv/a/b/db", "kv/web/db/"]),
            ("kv/+", vec!["kv/a", "kv/"], vec!["kv", "kv/a/b"]),
            ("+", vec!["a", ""], vec!["a/b"]),
            ("kv/y/+/*", vec!["kv/y/a/b", "kv/y/a/b/c", "kv/y/a/"], vec!["kv/y/a", "kv/y"]),
            ("kv/+/z*", vec!["kv/a/z", "kv/a/zeta", "kv/a/z/q"], vec!["kv/a/b", "kv/a"]),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            for path in matching {
                assert!(parsed.matches(path), "{pattern} should match {path}");
            }
            for path in others {
                assert!(!parsed.matches(path), "{pattern} should not match {path}");
            }
        }
    }

    #[test]
    fn a_pattern_reaches_below_a_mount() {
        for (pattern, mount, expected) in [
            ("secret/data/a", "secret/", true),
            ("secret/", "secret/", true),
            ("secret", "secret/", false),
            ("secret/x*", "secret/", true),
            ("sec*", "secret/", false),
            ("*", "secret/", false),
            ("secret/+/x", "secret/", true),
            ("+/x", "secret/", true),
            ("+", "secret/", false),
            ("+/*", "auth/token/", false),
            ("auth/+/login", "auth/token/", true),
            ("auth/+", "auth/token/", false),
            ("kv/+/x", "secret/", false),
            ("+/s*", "secret/", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().reaches_below(mount), expected, "{pattern} {mount}");
        }
    }
}
