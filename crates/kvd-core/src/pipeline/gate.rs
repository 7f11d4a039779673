//! Lets calls in while the vault is unsealed, and answers the few that must always be answered.

use super::{Stop, watch::Watched};
use crate::{quota::Admission, seal::Unsealed, sys::sealed};
use kvd_types::Fault;
use std::sync::Arc;

/// A call that goes on with the keys in hand: the vault's parts live until the last such call is done.
pub(super) struct Admitted<'c> {
    watched: Watched<'c>,
    unsealed: Arc<Unsealed>,
}

pub(super) async fn admit(watched: Watched<'_>) -> Result<Admitted<'_>, Stop> {
    let (vault, call) = (watched.vault(), watched.call());
    if let Some(answer) = sealed::answer(vault, call) {
        return Err(Stop::Answered(answer.await?));
    }
    let unsealed = vault.seal.unsealed().ok_or_else(Fault::sealed)?;
    let trail = watched.trail();
    // Before any look at the token: guessing is limited, too.
    match unsealed.quotas.admit(call.path.as_str(), call.peer.address, trail.now) {
        Admission::Free => {}
        Admission::Counted(headers) => drop(trail.headers.set(headers)),
        Admission::Refused { fault, is_recorded } => {
            if is_recorded {
                let _ = trail.unsealed.set(unsealed);
            }
            return Err(fault.into());
        }
    }
    let _ = trail.unsealed.set(Arc::clone(&unsealed));
    Ok(Admitted { watched, unsealed })
}

impl<'c> Admitted<'c> {
    pub(super) fn into_parts(self) -> (Watched<'c>, Arc<Unsealed>) {
        (self.watched, self.unsealed)
    }
}
