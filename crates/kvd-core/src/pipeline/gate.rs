//! Lets calls in while the vault is unsealed, and answers the few that must always be answered.

use super::watch::Watched;
use crate::{seal::Unsealed, sys::sealed};
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
    match vault.seal.unsealed() {
        Some(unsealed) => {
            let _ = watched.trail().unsealed.set(Arc::clone(&unsealed));
            Gate::Admitted(Admitted { watched, unsealed })
        }
        None => Gate::Answered(Box::pin(async { Err(Fault::sealed()) })),
    }
}

impl<'c> Admitted<'c> {
    pub(super) fn into_parts(self) -> (Watched<'c>, Arc<Unsealed>) {
        (self.watched, self.unsealed)
    }
}
