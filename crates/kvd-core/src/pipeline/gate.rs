//! Lets calls in while the vault is unsealed, and answers the few that must always be answered.

use super::watch::Watched;
use crate::{quota::Admission, seal::Unsealed, sys::sealed};
use futures_util::future::BoxFuture;
use kvd_types::{Fault, Reply};
use std::sync::Arc;

/// A call that goes on with the keys in hand: the vault's parts live until the last such call is done.
pub(super) struct Admitted<'c> {
    watched: Watched<'c>,
    unsealed: Arc<Unsealed>,
}

/// Where the gate sends a call.
pub(super) enum Gate<'c> {
    /// On to the next stage.
    Admitted(Admitted<'c>),
    /// No further: this is the answer.
    Answered(BoxFuture<'c, Result<Reply, Fault>>),
}

pub(super) fn admit(watched: Watched<'_>) -> Gate<'_> {
    let (vault, call) = (watched.vault(), watched.call());
    if let Some(answer) = sealed::answer(vault, call) {
        return Gate::Answered(answer);
    }
    let Some(unsealed) = vault.seal.unsealed() else {
        return Gate::Answered(Box::pin(async { Err(Fault::sealed()) }));
    };
    let trail = watched.trail();
    // Before any look at the token: guessing is limited, too.
    match unsealed.quotas.admit(call.path.as_str(), call.peer.address, trail.now) {
        Admission::Free => {}
        Admission::Counted(headers) => drop(trail.headers.set(headers)),
        Admission::Refused { fault, is_recorded } => {
            if is_recorded {
                let _ = trail.unsealed.set(unsealed);
            }
            return Gate::Answered(Box::pin(async { Err(fault) }));
        }
    }
    let _ = trail.unsealed.set(Arc::clone(&unsealed));
    Gate::Admitted(Admitted { watched, unsealed })
}

impl<'c> Admitted<'c> {
    pub(super) fn into_parts(self) -> (Watched<'c>, Arc<Unsealed>) {
        (self.watched, self.unsealed)
    }
}
