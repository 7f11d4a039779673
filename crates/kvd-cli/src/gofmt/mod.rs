//! Texts in the form Go prints and parses them.
//!
//! Scripts compare the output of commands letter by letter, and that output comes from Go's `fmt`, `strconv` and
//! `time` packages. What is here gives the same letters.

pub(crate) mod duration;
pub(crate) mod number;
pub(crate) mod quote;
pub(crate) mod time;
pub(crate) mod value;
