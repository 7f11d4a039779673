//! How much each part of the program logs; whoever writes the log follows.

use std::{collections::BTreeMap, fmt};

/// The parts whose levels can be set, each the name of a crate without `kvd-` in front.
pub(crate) const LOGGERS: [&str; 7] = ["audit", "barrier", "core", "http", "policy", "secrets", "storage"];

/// A level of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What an operator may want to know.
    Info,
    /// What an operator should look at.
    Warn,
    /// What has failed.
    Error,
}

impl LogLevel {
    /// The level of a name, in the spellings that Vault takes.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "info" | "notice" => Self::Info,
            "warn" | "warning" => Self::Warn,
            "err" | "error" => Self::Error,
            _ => return None,
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The level of each part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLevels {
    configured: LogLevel,
    set: BTreeMap<&'static str, LogLevel>,
}

impl LogLevels {
    pub(crate) fn new(configured: LogLevel) -> Self {
        Self { configured, set: BTreeMap::new() }
    }

    /// The level of everything that is no part of its own.
    pub fn configured(&self) -> LogLevel {
        self.configured
    }

    pub(crate) fn configure(&mut self, level: LogLevel) {
        self.configured = level;
    }

    /// Each part and its level, sorted by name; a part is the name of a crate without `kvd-` in front.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, LogLevel)> {
        LOGGERS.iter().map(|name| (*name, self.set.get(name).copied().unwrap_or(self.configured)))
    }

    /// Sets the level of a part, or of all; none goes back to what is configured.
    pub(crate) fn set(&mut self, part: Option<&'static str>, level: Option<LogLevel>) {
        for name in LOGGERS.iter().filter(|name| part.is_none_or(|part| part == **name)) {
            match level {
                Some(level) => self.set.insert(name, level),
                None => self.set.remove(name),
            };
        }
    }
}
