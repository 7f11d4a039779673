//! A parser for HCL 1, the language of Vault's policies and configuration files.
//!
//! HCL 1 has two spellings: its own (`path "secret/*" { capabilities = ["read"] }`) and JSON.
//! [`parse`] tells them apart by the first character and gives one tree for both:
//!
//! ```
//! # fn main() -> Result<(), kvd_hcl::ParseError> {
//! let body = kvd_hcl::parse(r#"path "secret/*" { capabilities = ["read"] }"#)?;
//! let block = &body.blocks("path", 1)[0];
//! assert_eq!(block.labels[0].text(), "secret/*");
//! # Ok(()) }
//! ```
//!
//! It accepts what the parser in Vault accepts, with these differences, each on the safe side:
//! JSON must be whole (an object without its last brace is refused), escapes must give UTF-8,
//! a number must be a number to its last character, and there are [`Limits`].
//!
//! Errors say where and what kind of thing was found, never its text: a policy or a
//! configuration file may hold secrets, and errors are logged.

mod error;
mod format;
mod json;
mod layout;
mod lexer;
mod number;
mod parser;
mod print;
mod string;
mod tree;

pub use error::{ParseError, Reason};
pub use format::format;
pub use number::Number;
pub use print::print;
pub use tree::{Block, Body, Form, Item, Key, Pos, Value, ValueKind};

/// How much a text may ask of the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text in bytes.
    pub bytes: usize,
    /// How deep objects and lists may lie inside each other. The parser recurses once per level,
    /// so this also bounds its stack.
    pub depth: usize,
    /// How many items and list elements the whole text may hold.
    pub items: usize,
}

impl Default for Limits {
    /// Enough for any configuration file: 1 MiB, 64 levels, 200,000 items.
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 64, items: 200_000 }
    }
}

/// Parses a text in either spelling, within [`Limits::default`].
///
/// # Errors
/// The first thing in the text that is not HCL 1, or the limit it breaks.
pub fn parse(text: &str) -> Result<Body, ParseError> {
    parse_within(text, &Limits::default())
}

/// Parses a text in either spelling, within the given limits.
///
/// # Errors
/// As [`parse`].
pub fn parse_within(text: &str, limits: &Limits) -> Result<Body, ParseError> {
    if text.len() > limits.bytes {
        return Err(ParseError::new(Pos::START, Reason::TextTooLong { bytes: limits.bytes }));
    }
    // Editors on Windows put a byte order mark in front and end lines with two characters; neither means anything.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = normalized(text);
    if let Some(at) = text.find('\0') {
        return Err(ParseError::new(Pos::of(&text, at), Reason::IllegalCharacter));
    }
    if is_json(&text) { json::parse(&text, limits) } else { parser::parse(&text, limits) }
}

/// A text that starts with a brace is JSON: no text in HCL's own spelling can.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn normalized(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains("\r\n") { text.replace("\r\n", "\n").into() } else { text.into() }
}
