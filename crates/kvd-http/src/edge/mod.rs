//! What protects the server before a request is looked at.

pub(crate) mod cors;
pub(crate) mod forwarded;
pub(crate) mod framing;
