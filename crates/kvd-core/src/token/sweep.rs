//! Cleans up tokens that have ended. Their end is checked at every use; this only frees what they take up.

use super::records::due_minute;
use crate::{seal::Unsealed, vault::Inner};
use std::{sync::Weak, time::Duration};

/// Between two looks at what is due.
const PAUSE: Duration = Duration::from_secs(5);
/// How far back the first look after an unseal goes: what ended while the vault was sealed longer than this is found
/// by a look at every minute since, a few thousand cheap reads a day.
const MINUTES_A_STEP: i64 = 1440;

/// Sweeps until the vault is sealed. Holds nothing of the unsealed vault between two looks.
pub(crate) async fn sweep_forever(vault: Weak<Inner>, unsealed: Weak<Unsealed>, mut next_minute: i64) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let (Some(vault), Some(unsealed)) = (vault.upgrade(), unsealed.upgrade()) else { return };
        let now = vault.clock.now();
        // The present minute is not over: what ends in it is noted under the next one.
        let last = (due_minute(now.nanos()) - 1).min(next_minute + MINUTES_A_STEP);
        while next_minute <= last {
            match sweep_minute(&unsealed, next_minute, now).await {
                Ok(()) => next_minute += 1,
                Err(fault) => {
                    tracing::warn!(error = %fault, "cleaning up ended tokens failed; it is tried again");
                    break;
                }
            }
        }
    }
}

async fn sweep_minute(
    unsealed: &Unsealed,
    minute: i64,
    now: kvd_types::Timestamp,
) -> Result<(), kvd_types::Fault> {
    for hash in unsealed.tokens.due(minute).await? {
        let ended = unsealed.tokens.by_hash(hash).await?.is_none_or(|state| !state.is_alive(now));
        if ended {
            unsealed.tokens.revoke_tree(hash).await?;
        }
    }
    Ok(())
}
