//! What the services share: values, names and times on their way between JSON and messages.

pub(crate) mod fault;
pub(crate) mod header;
pub(crate) mod path;
pub(crate) mod read;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod write;
