//! Why the text of a policy is refused.

use crate::pattern::PatternError;
use crate::template::Unbalanced;

/// A text that is not a policy. The messages are the ones clients of Vault know; what they repeat of the text are paths and
/// key words, cut to a readable length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// A capability that does not exist.
    #[error("failed to parse policy: path {path:?}: invalid capability {capability:?}")]
    Capability {
        /// The path it stands in.
        path: Excerpt,
        /// The capability as written.
        capability: Excerpt,
    },
    /// The same setting twice in one block. The last would win, which hides what the first says.
    #[error("failed to parse policy: the argument {key:?} on line {line} was already set")]
    Duplicate {
        /// The setting.
        key: Excerpt,
        /// Line, counted from 1.
        line: u32,
    },
    /// A key that means nothing at the top of a policy, such as a misspelled one.
    #[error("failed to parse policy: invalid key {key:?} on line {line}")]
    Key {
        /// The key as written.
        key: Excerpt,
        /// Line, counted from 1.
        line: u32,
    },
    /// A key that means nothing in a path's block.
    #[error("failed to parse policy: path {path:?}: invalid key {key:?} on line {line}")]
    PathKey {
        /// The path it stands in.
        path: Excerpt,
        /// The key as written.
        key: Excerpt,
        /// Line, counted from 1.
        line: u32,
    },
    /// A block that is no `path "…" { … }`.
    #[error("failed to parse policy: a path on line {line} must have one name and a block")]
    PathForm {
        /// Line, counted from 1.
        line: u32,
    },
    /// A path that no rule can have.
    #[error("failed to parse policy: path {path:?}: {reason}")]
    Pattern {
        /// The path as written.
        path: Excerpt,
        /// What is wrong with it.
        reason: PatternError,
    },
    /// A short form that does not exist: `policy = "rw"`.
    #[error("failed to parse policy: path {path:?}: invalid policy {policy:?}")]
    ShortForm {
        /// The path it stands in.
        path: Excerpt,
        /// The word as written.
        policy: Excerpt,
    },
    /// Not HCL and not JSON.
    #[error("failed to parse policy: {0}")]
    Syntax(#[from] kvd_hcl::ParseError),
    /// Braces of a template that do not come in pairs.
    #[error("failed to parse policy: failed to validate policy templating: {0}")]
    Template(#[from] Unbalanced),
    /// More paths than a policy may have.
    #[error("failed to parse policy: more than {limit} paths")]
    TooManyPaths {
        /// The limit.
        limit: usize,
    },
    /// More parameter values than a path may have.
    #[error("failed to parse policy: path {path:?}: more than {limit} parameter values")]
    TooManyValues {
        /// The path.
        path: Excerpt,
        /// The limit.
        limit: usize,
    },
    /// A wrapping limit that is no length of time.
    #[error("failed to parse policy: error parsing {key}: not a duration")]
    Ttl {
        /// The setting.
        key: &'static str,
    },
    /// The longest wrapping time is shorter than the shortest.
    #[error("failed to parse policy: max_wrapping_ttl cannot be less than min_wrapping_ttl")]
    TtlOrder,
    /// A setting that exists elsewhere but would not be enforced here. Ignoring it would grant more than the text says.
    #[error("failed to parse policy: path {path:?}: {key} is not supported")]
    Unsupported {
        /// The path it stands in.
        path: Excerpt,
        /// The setting.
        key: &'static str,
    },
    /// A setting with the wrong kind of value.
    #[error("failed to parse policy: path {path:?}: {key} must be {wanted}")]
    Value {
        /// The path it stands in.
        path: Excerpt,
        /// The setting.
        key: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
}

/// A piece of a policy in an error message, cut after 128 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    const MAX_CHARS: usize = 128;

    pub(crate) fn new(text: &str) -> Self {
        match text.char_indices().nth(Self::MAX_CHARS) {
            Some((end, _)) => Self(format!("{}…", &text[..end])),
            None => Self(text.to_owned()),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}
