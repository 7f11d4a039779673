//! What the headers of a request say of its caller: each file reads one thing, and refuses what cannot be read.

mod headers;
mod mfa;
mod namespace;
mod token;
mod wrap_ttl;

pub use self::{
    headers::RequestHeaders, mfa::check as check_mfa, namespace::extract as namespace,
    token::extract as token, wrap_ttl::extract as wrap_ttl,
};
