//! Response wrapping: an answer is kept, and the caller gets a token that opens it once.
//!
//! The answer lies in a view of its own, under the hash of the token, and is written and removed in the transactions
//! that make and revoke it. The token carries the policy `response-wrapping`, has one use and cannot be renewed, so it is
//! good for nothing else; the use is taken off in a transaction, so of a hundred callers at once one gets the answer.

mod kept;
mod old_way;
mod shown;

pub(crate) use self::{
    old_way::{answer as answer_old_way, is_old_way},
    shown::{in_body, is_endpoint, not_valid, shown},
};

use crate::{
    policy::RESPONSE_WRAPPING,
    token::{NewToken, TokenHash, TokenStore},
};
use kvd_types::{Body, Entropy, Fault, Reply, Secret, Timestamp, WrapInfo};
use std::time::Duration;

/// What a wrapped answer is to tell of itself.
pub(crate) struct Wish {
    /// How long it waits.
    pub(crate) ttl: Duration,
    /// The path of the call that it answers.
    pub(crate) path: String,
}

/// Whether an answer can be kept. One that says nothing, or stands outside the envelope, is given as it is.
pub(crate) fn can_wrap(reply: &Reply) -> bool {
    match reply.body {
        Body::Data(_) | Body::Doubled(_) => reply.wrap.is_none(),
        Body::Empty => reply.wrap.is_none() && (reply.auth.is_some() || !reply.warnings.is_empty()),
        Body::Bare(_) | Body::Document { .. } => false,
    }
}

/// Keeps `reply`, and gives the answer that tells where it waits.
///
/// # Errors
/// When the store fails; the answer is then lost, as it would be on a connection that breaks.
pub(crate) async fn wrap(
    tokens: &TokenStore,
    entropy: &dyn Entropy,
    now: Timestamp,
    wish: Wish,
    mut reply: Reply,
) -> Result<Reply, Fault> {
    let commit = reply.commit.take();
    let of_token = reply.auth.as_ref().map(|auth| auth.accessor.clone());
    let wrapped_accessor = of_token.or_else(|| reply.accessor.take()).filter(|a| !a.is_empty());
    let info = keep(tokens, entropy, now, wish, kept::encode(&reply)?, wrapped_accessor).await?;
    Ok(Reply { wrap: Some(Box::new(info)), commit, ..Reply::default() })
}

/// The answer that a wrapping token opens; the caller has taken its use off.
///
/// # Errors
/// When there is none any more, or the store fails.
pub(crate) async fn open(tokens: &TokenStore, hash: TokenHash) -> Result<Reply, Fault> {
    let kept = tokens.wrapped(hash).await?.ok_or_else(not_valid)?;
    kept::decode(&kept)
}

/// Keeps the answer of one wrapping token under a new one; the caller has taken the old one's use off.
///
/// # Errors
/// When there is none any more, or the store fails.
pub(crate) async fn rewrap(
    tokens: &TokenStore,
    entropy: &dyn Entropy,
    now: Timestamp,
    wish: Wish,
    old: TokenHash,
) -> Result<WrapInfo, Fault> {
    let kept = tokens.wrapped(old).await?.ok_or_else(not_valid)?;
    keep(tokens, entropy, now, wish, kept, None).await
}

async fn keep(
    tokens: &TokenStore,
    entropy: &dyn Entropy,
    now: Timestamp,
    wish: Wish,
    kept: Secret<Vec<u8>>,
    wrapped_accessor: Option<String>,
) -> Result<WrapInfo, Fault> {
    let new = NewToken {
        policies: vec![RESPONSE_WRAPPING.to_owned()],
        path: wish.path.clone(),
        num_uses: 1,
        ttl: Some(wish.ttl),
        explicit_max: wish.ttl,
        wraps: Some(kept),
        ..NewToken::default()
    };
    let (token, state) = tokens.create(entropy, now, new).await?;
    Ok(WrapInfo {
        token,
        accessor: state.entry.accessor.clone(),
        ttl: wish.ttl,
        created: now,
        creation_path: wish.path,
        wrapped_accessor,
    })
}
