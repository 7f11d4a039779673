//! Why a token is not good.

use thiserror::Error;

/// Why a token is not good. The texts say nothing of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TokenError {
    #[error("error verifying token signature: not a signed token in compact form")]
    Malformed,
    #[error("error verifying token signature: the payload is no JSON object with each name once")]
    Payload,
    #[error("invalid algorithm (alg) header parameter: token signed with unexpected algorithm")]
    Algorithm,
    #[error("error verifying token signature: no known key successfully validated the token signature")]
    Signature,
    #[error("error verifying token signature: the keys of the issuer cannot be fetched")]
    NoKeys,
    #[error("invalid {0} claim: wrong type")]
    Type(&'static str),
    #[error("invalid issuer (iss) claim")]
    Issuer,
    #[error("invalid subject (sub) claim")]
    Subject,
    #[error("invalid audience (aud) claim: audience claim does not match any expected audience")]
    Audience,
    #[error("no issued at (iat), not before (nbf), or expiration time (exp) claims in token")]
    NoTimes,
    #[error("invalid not before (nbf) claim: token not yet valid")]
    NotYetValid,
    #[error("invalid expiration time (exp) claim: token is expired")]
    Expired,
    #[error("invalid issued at (iat) claim: token issued in the future")]
    IssuedInFuture,
}

impl TokenError {
    /// Whether it is about who has made the token, and not about what it says.
    pub(crate) fn is_about_signature(self) -> bool {
        matches!(self, Self::Malformed | Self::Payload | Self::Signature | Self::NoKeys)
    }
}
