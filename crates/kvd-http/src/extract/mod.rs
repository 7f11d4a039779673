//! Reads a request: each file takes one thing out of it, and refuses what cannot be read.

pub(crate) mod body;
pub(crate) mod media_type;
pub(crate) mod operation;
pub(crate) mod pairs;
pub(crate) mod path;
