//! Canonical JSON text: checked, measured and rewritten in one pass, without a tree.
//!
//! A request's body becomes an [`Object`]: one text in canonical form (white space out, names sorted, the last
//! of duplicate names kept, numbers with every digit, escapes as Go's encoder prints them) and the places of its
//! members. What an engine stores and answers are slices of that text. Texts are wiped when dropped.

mod canon;
mod escape;
mod limits;
mod object;
mod scan;
mod text;
mod transform;
mod value;
mod wipe;
mod writer;

pub use self::{
    canon::ParseError,
    limits::Limits,
    object::{Object, ObjectRef},
    text::Text,
    transform::map_strings,
    value::{Kind, Value},
    wipe::Wipe,
    writer::Writer,
};
