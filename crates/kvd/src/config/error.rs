//! What is wrong with a configuration, and where. No text repeats a value: values may be secrets.

use kvd_hcl::Pos;
use std::{fmt, io, path::PathBuf};
use thiserror::Error;

/// A configuration that the server cannot start with.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file is neither HCL nor JSON.
    #[error("{}:{}: {}", path.display(), source.pos(), source.reason())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What was found, and where.
        source: kvd_hcl::ParseError,
    },
    /// A setting in a file is wrong.
    #[error("{place}: {problem}")]
    Setting {
        /// Where it stands.
        place: Place,
        /// What is wrong with it.
        problem: String,
    },
    /// The settings, each right by itself, do not go together.
    #[error("{0}")]
    Incomplete(&'static str),
    /// The layers could not be put together; the text names settings, not their values.
    #[error("the configuration cannot be put together: wrong kind of value in {0}")]
    Layers(String),
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, with line and column.
    File(PathBuf, Pos),
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, pos) => write!(f, "{}:{pos}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag -{name}"),
        }
    }
}

/// Something in a configuration that has no effect; the server starts and says so in its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub place: Place,
    /// Why it has no effect.
    pub problem: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}
