//! `auth/token/tidy`: looks at all tokens and cleans up those that have ended.
//!
//! The sweep does the same by the minute in which they end; this finds also what a failing store or a clock that was set
//! back has kept from it.

use super::{store::TokenStore, tree};
use crate::{house::House, seal::Unsealed};
use kvd_backend::Request;
use kvd_types::{Fault, Reply, Status, Timestamp};
use std::sync::{Arc, Weak, atomic::Ordering};

const STARTED: &str = "Tidy operation successfully started. Any information from the operation will be printed to Vault's server logs.";

pub(super) async fn tidy(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let is_new = start(house, request.now);
    Ok(accepted(if is_new { STARTED } else { "Tidy operation already in progress." }))
}

/// `sys/leases/tidy`, which does not say whether one was running already.
pub(crate) fn tidy_leases(house: &House, now: Timestamp) -> Reply {
    start(house, now);
    accepted(STARTED)
}

fn accepted(text: &'static str) -> Reply {
    Reply::empty().with_status(Status::Accepted).warn(text)
}

/// Starts a tidy in the background, unless one is running: then false.
fn start(house: &House, now: Timestamp) -> bool {
    let is_new = !house.unsealed.tokens.tidying.swap(true, Ordering::AcqRel);
    if is_new {
        tokio::spawn(run(Arc::downgrade(&house.unsealed), now));
    }
    is_new
}

/// Holds the unsealed vault for one step at a time, so that it can be sealed in between.
async fn run(unsealed: Weak<Unsealed>, now: Timestamp) {
    let accessors = match unsealed.upgrade() {
        Some(unsealed) => unsealed.tokens.accessors().await,
        None => return,
    };
    let mut removed = 0;
    for step in accessors.unwrap_or_default().chunks(tree::STEP) {
        let Some(unsealed) = unsealed.upgrade() else { return };
        match remove_ended(&unsealed.tokens, step, now).await {
            Ok(ended) => removed += ended,
            Err(fault) => tracing::warn!(error = %fault, "tidying tokens failed"),
        }
    }
    tracing::info!(removed, "tidied the tokens");
    if let Some(unsealed) = unsealed.upgrade() {
        unsealed.tokens.tidying.store(false, Ordering::Release);
    }
}

/// Removes those that have ended of the tokens with these accessors, in one commit; gives how many they were. None of
/// them takes the place of a token that is in use.
async fn remove_ended(tokens: &TokenStore, accessors: &[String], now: Timestamp) -> Result<usize, Fault> {
    let mut ended = Vec::new();
    for accessor in accessors {
        let Some(hash) = tokens.hash_of_accessor(accessor).await? else { continue };
        let Some(entry) = tokens.entry(hash).await? else { continue };
        // Without its parent a token has ended as well; what stands below it goes with it.
        let is_left_behind = match &entry.parent {
            Some(parent) => tokens.hash_of_accessor(&parent.accessor).await?.is_none(),
            None => false,
        };
        if tree::has_ended(&entry, now) || is_left_behind {
            ended.push(hash);
        }
    }
    tokens.revoke_trees(&ended).await?;
    Ok(ended.len())
}
