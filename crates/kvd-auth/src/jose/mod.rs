//! Signed tokens (JWS and JWK, RFC 7515 and 7517; JWT, RFC 7519), for the methods that take the word of their issuers.
//!
//! What a token says of itself is believed as little as can be: its algorithm must be one of a list and fit the kind
//! of the key, and keys come from the configuration alone, never from the token. There is no `none`, and there are no
//! algorithms with shared keys, so that a public key can never be taken for one.

mod algorithm;
mod claims;
mod compact;
mod error;
mod jwk;
mod key;
mod strict;
mod validity;

pub(crate) use self::{
    algorithm::Algorithm,
    claims::Claims,
    compact::Token,
    error::TokenError,
    jwk::KeySet,
    key::PublicKey,
    validity::{Expected, Leeways, Times},
};

#[cfg(test)]
pub(crate) use self::compact::tests as testing;
