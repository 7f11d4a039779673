//! What a caller asks to be done.

use std::fmt;

/// The operation of a [`Call`](crate::Call).
///
/// Only what a client may ask for: whether a write makes something or changes it is found out later, by
/// looking, and the vault's own housekeeping has no name here that a request could forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// GET.
    Read,
    /// POST and PUT, which are the same everywhere.
    Write,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
    /// LIST, or GET with `list=true`: the names directly below a folder.
    List,
    /// SCAN, or GET with `scan=true`: all names below a folder.
    Scan,
    /// HEAD.
    Header,
    /// GET with `help=1`.
    Help,
}

impl Operation {
    /// Whether the path names a folder, with a slash at its end.
    pub const fn is_listing(self) -> bool {
        matches!(self, Self::List | Self::Scan)
    }

    /// Whether it asks for something and changes nothing.
    pub const fn is_read(self) -> bool {
        match self {
            Self::Read | Self::List | Self::Scan | Self::Header | Self::Help => true,
            Self::Write | Self::Patch | Self::Delete => false,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Scan => "scan",
            Self::Header => "header",
            Self::Help => "help",
        })
    }
}
