//! What is wrong with a text, and where.

use crate::tree::Pos;

/// A text that is not HCL 1, or asks too much. Its message never holds a piece of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("At {pos}: {reason}")]
pub struct ParseError {
    pos: Pos,
    reason: Reason,
}

impl ParseError {
    pub(crate) fn new(pos: Pos, reason: Reason) -> Self {
        Self { pos, reason }
    }

    /// Where the trouble starts.
    #[must_use]
    pub fn pos(&self) -> Pos {
        self.pos
    }

    /// What the trouble is.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// What can be wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A comment opened with `/*` has no `*/`.
    #[error("comment not terminated")]
    CommentNotTerminated,
    /// An escape sequence names no character, or the characters are not UTF-8.
    #[error("illegal char escape")]
    Escape,
    /// One thing was needed and another found; both are kinds of things, not their text.
    #[error("expected {wanted}, found {found}")]
    Expected {
        /// What could have stood here.
        wanted: &'static str,
        /// What stands here.
        found: &'static str,
    },
    /// The line after `<<` is not just a name.
    #[error("invalid heredoc anchor")]
    HeredocAnchor,
    /// The closing line of a heredoc is missing.
    #[error("heredoc not terminated")]
    HeredocNotTerminated,
    /// A character that starts nothing.
    #[error("illegal character")]
    IllegalCharacter,
    /// A number with letters, dots or signs where none belong.
    #[error("malformed number")]
    Number,
    /// A string has no closing quote on its line.
    #[error("literal not terminated")]
    StringNotTerminated,
    /// More levels than [`Limits::depth`](crate::Limits::depth).
    #[error("nested more than {depth} levels deep")]
    TooDeep {
        /// The limit.
        depth: usize,
    },
    /// More items than [`Limits::items`](crate::Limits::items).
    #[error("more than {items} items")]
    TooManyItems {
        /// The limit.
        items: usize,
    },
    /// More bytes than [`Limits::bytes`](crate::Limits::bytes).
    #[error("text is longer than {bytes} bytes")]
    TextTooLong {
        /// The limit in bytes.
        bytes: usize,
    },
}
