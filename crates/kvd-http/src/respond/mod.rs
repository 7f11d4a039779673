//! Writes an answer: each file knows one form of it.

pub(crate) mod body;
pub(crate) mod fault;
pub(crate) mod headers;
pub(crate) mod reply;
