//! `auth/token/tidy`: looks at all tokens and cleans up those that have ended.
//!
//! The sweep does the same by the minute in which they end; this finds also what a failing store or a clock that was set
//! back has kept from it.

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

/// Holds the unsealed vault for one token at a time, so that it can be sealed in between.
async fn run(unsealed: Weak<Unsealed>, now: Timestamp) {
    let accessors = match unsealed.upgrade() {
        Some(unsealed) => unsealed.tokens.accessors().await,
        None => return,
    };
    let mut removed = 0_u64;
    for accessor in accessors.unwrap_or_default() {
        let Some(unsealed) = unsealed.upgrade() else { return };
        match remove_ended(&unsealed, &accessor, now).await {
            Ok(ended) => removed += u64::from(ended),
            Err(fault) => tracing::warn!(error = %fault, "tidying a token failed"),
        }
    }
    tracing::info!(removed, "tidied the tokens");
    if let Some(unsealed) = unsealed.upgrade() {
        unsealed.tokens.tidying.store(false, Ordering::Release);
    }
}

async fn remove_ended(unsealed: &Unsealed, accessor: &str, now: Timestamp) -> Result<bool, Fault> {
    let tokens = &unsealed.tokens;
    let Some(hash) = tokens.hash_of_accessor(accessor).await? else { return Ok(false) };
    let ended = tokens.living(tokens.by_hash(hash).await?, now).await?.is_none();
    if ended {
        tokens.revoke_tree(hash).await?;
    }
    Ok(ended)
}
