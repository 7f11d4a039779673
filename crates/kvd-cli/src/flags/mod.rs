//! Flags in the manner of Go's `flag` package.
//!
//! Everything written for Vault's command line spells flags Go's way: one dash or two, `-name=value` or
//! `-name value`, truth values only with `=`, and nothing after the first argument that is no flag. Rust's
//! argument parsers speak GNU style, where `-mount` is five short flags, so this small parser stands in for them.
//! One table per command drives both the parser and the help.

pub(crate) mod common;
mod help;
mod parse;

use std::collections::BTreeMap;

use crate::gofmt::duration::Duration;

pub(crate) use help::describe;
pub(crate) use parse::{misplaced_flags_warning, parse};

/// One flag of a command.
pub(crate) struct Flag {
    pub(crate) name: &'static str,
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

    pub(crate) const fn switch(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Bool(false), usage)
    }

    pub(crate) const fn switch_on(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Bool(true), usage)
    }

    pub(crate) const fn int(name: &'static str, default: i64, usage: &'static str) -> Self {
        Self::new(name, Kind::Int(default), usage)
    }

    pub(crate) const fn text(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Text(""), usage)
    }

    pub(crate) const fn text_or(name: &'static str, default: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Text(default), usage)
    }

    pub(crate) const fn duration(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Duration, usage)
    }

    pub(crate) const fn list(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::List, usage)
    }

    pub(crate) const fn map(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Map, usage)
    }

    pub(crate) const fn setting(mut self, name: &'static str) -> Self {
        self.setting = Some(name);
        self
    }

    pub(crate) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }
}

/// A titled group of flags, as the help shows them.
pub(crate) struct FlagGroup {
    pub(crate) title: &'static str,
    pub(crate) flags: &'static [Flag],
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
pub(crate) struct Arguments {
    given: BTreeMap<&'static str, Given>,
    /// The arguments that are no flags.
    pub(crate) positional: Vec<String>,
}

impl Arguments {
    /// Whether the flag was typed at all.
    pub(crate) fn has(&self, flag: &Flag) -> bool {
        self.given.contains_key(flag.name)
    }

    /// The value of a switch.
    pub(crate) fn bool(&self, flag: &Flag) -> bool {
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

    pub(crate) fn text<'a>(&'a self, flag: &Flag) -> &'a str {
        if let Some(Given::Text(value)) = self.given.get(flag.name) {
            return value;
        }
        if let Kind::Text(default) = flag.kind { default } else { "" }
    }

    pub(crate) fn duration(&self, flag: &Flag) -> Option<Duration> {
        if let Some(Given::Duration(value)) = self.given.get(flag.name) { Some(*value) } else { None }
    }

    /// All values of a flag that may be given several times, in the order they were typed.
    pub(crate) fn list<'a>(&'a self, flag: &Flag) -> &'a [String] {
        if let Some(Given::List(items)) = self.given.get(flag.name) { items } else { &[] }
    }

    pub(crate) fn map<'a>(&'a self, flag: &Flag) -> Option<&'a BTreeMap<String, String>> {
        if let Some(Given::Map(entries)) = self.given.get(flag.name) { Some(entries) } else { None }
    }
}
