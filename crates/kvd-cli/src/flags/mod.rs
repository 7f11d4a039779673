//! Flags in the manner of Go's `flag` package.
//!
//! Everything written for Vault's command line spells flags Go's way: one dash or two, `-name=value` or
//! `-name value`, truth values only with `=`, and nothing after the first argument that is no flag. Rust's
//! argument parsers speak GNU style, where `-mount` is five short flags, so this small parser stands in for them.
//! One table per command drives the parser, the help and the completion; the program that has the server in it writes
//! the server's flags as such a table too.

pub(crate) mod common;
mod help;
mod parse;

use std::collections::BTreeMap;

use crate::gofmt::duration::Duration;

pub(crate) use help::describe;
pub(crate) use parse::misplaced_flags_warning;
pub use parse::parse;

/// One flag of a command.
pub struct Flag {
    /// The name, without dashes.
    pub name: &'static str,
    pub(crate) kind: Kind,
    /// What the flag is for, in a sentence or two.
    pub(crate) usage: &'static str,
    /// The setting that gives its value when it is not typed, without the prefix (`ADDR`).
    pub(crate) setting: Option<&'static str>,
    /// Another spelling of a flag that the help does not repeat.
    pub(crate) hidden: bool,
}

/// What a flag's value is, and what it is when it is not given.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Bool(bool),
    Int(i64),
    Text(&'static str),
    Duration,
    /// May be given several times; each is one item.
    List,
    /// May be given several times; each is `key=value`.
    Map,
}

impl Flag {
    const fn new(name: &'static str, kind: Kind, usage: &'static str) -> Self {
        Self { name, kind, usage, setting: None, hidden: false }
    }

    /// A switch that is off when it is not typed.
    #[must_use]
    pub const fn switch(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Bool(false), usage)
    }

    /// A switch that is on when it is not typed.
    #[must_use]
    pub const fn switch_on(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Bool(true), usage)
    }

    /// A whole number.
    #[must_use]
    pub const fn int(name: &'static str, default: i64, usage: &'static str) -> Self {
        Self::new(name, Kind::Int(default), usage)
    }

    /// A text, empty when it is not typed.
    #[must_use]
    pub const fn text(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Text(""), usage)
    }

    /// A text with another default.
    #[must_use]
    pub const fn text_or(name: &'static str, default: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Text(default), usage)
    }

    /// A length of time.
    #[must_use]
    pub const fn duration(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Duration, usage)
    }

    /// A text that may be given several times.
    #[must_use]
    pub const fn list(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::List, usage)
    }

    /// A `key=value` that may be given several times.
    #[must_use]
    pub const fn map(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Map, usage)
    }

    /// Names the setting that gives the value when it is not typed, without the prefix (`ADDR`).
    #[must_use]
    pub const fn setting(mut self, name: &'static str) -> Self {
        self.setting = Some(name);
        self
    }

    /// Leaves the flag out of the help.
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }
}

/// A titled group of flags, as the help shows them.
pub struct FlagGroup {
    /// What stands above them.
    pub title: &'static str,
    /// The flags; the help sorts them.
    pub flags: &'static [Flag],
}

/// The value a flag was given.
pub(crate) enum Given {
    Bool(bool),
    Int(i64),
    Text(String),
    Duration(Duration),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
}

/// What was typed after the name of a command: the flags by name, and the rest.
#[derive(Default)]
pub struct Arguments {
    given: BTreeMap<&'static str, Given>,
    /// The arguments that are no flags.
    pub positional: Vec<String>,
}

impl Arguments {
    /// Whether the flag was typed at all.
    #[must_use]
    pub fn has(&self, flag: &Flag) -> bool {
        self.given.contains_key(flag.name)
    }

    /// The value of a switch.
    #[must_use]
    pub fn bool(&self, flag: &Flag) -> bool {
        match self.given.get(flag.name) {
            Some(Given::Bool(value)) => *value,
            Some(_) | None => matches!(flag.kind, Kind::Bool(true)),
        }
    }

    pub(crate) fn int(&self, flag: &Flag) -> i64 {
        if let Some(Given::Int(value)) = self.given.get(flag.name) {
            return *value;
        }
        if let Kind::Int(default) = flag.kind { default } else { 0 }
    }

    /// The value of a text; its default when it was not typed.
    #[must_use]
    pub fn text<'a>(&'a self, flag: &Flag) -> &'a str {
        if let Some(Given::Text(value)) = self.given.get(flag.name) {
            return value;
        }
        if let Kind::Text(default) = flag.kind { default } else { "" }
    }

    pub(crate) fn duration(&self, flag: &Flag) -> Option<Duration> {
        if let Some(Given::Duration(value)) = self.given.get(flag.name) { Some(*value) } else { None }
    }

    /// All values of a flag that may be given several times, in the order they were typed.
    #[must_use]
    pub fn list<'a>(&'a self, flag: &Flag) -> &'a [String] {
        if let Some(Given::List(items)) = self.given.get(flag.name) { items } else { &[] }
    }

    pub(crate) fn map<'a>(&'a self, flag: &Flag) -> Option<&'a BTreeMap<String, String>> {
        if let Some(Given::Map(entries)) = self.given.get(flag.name) { Some(entries) } else { None }
    }
}
