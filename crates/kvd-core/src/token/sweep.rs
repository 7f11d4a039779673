//! Cleans up tokens that have ended. Their end is checked at every use; this only frees what they take up.
//!
//! It works in steps, each a transaction of bounded size, and rests between two of them, so that calls never wait for it.

use super::{records::due_minute, store::TokenStore};
use crate::{seal::Unsealed, vault::Inner};
use kvd_types::{Fault, Timestamp};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// Between two looks at what is due.
const PAUSE: Duration = Duration::from_secs(5);
/// Between two steps: about half of the time belongs to the calls alone.
const REST: Duration = Duration::from_millis(5);
/// How far back the first look after an unseal goes: what ended while the vault was sealed longer than this is found
/// by a look at every minute since, a few thousand cheap reads a day.
const MINUTES_A_LOOK: i64 = 1440;

/// Sweeps until the vault is sealed. Holds nothing of the unsealed vault between two steps.
pub(crate) async fn sweep_forever(vault: Weak<Inner>, unsealed: Weak<Unsealed>, mut next_minute: i64) {
    let Some(left_over) = unsealed.upgrade().map(|unsealed| Arc::clone(&unsealed.tokens.left_over)) else {
        return;
    };
    loop {
        // A revocation that has left something rings before the time is up.
        let _ = tokio::time::timeout(PAUSE, left_over.notified()).await;
        let Some(now) = vault.upgrade().map(|vault| vault.clock.now()) else { return };
        if unsealed.strong_count() == 0 {
            return;
        }
        // The present minute is not over: what ends in it is noted under the next one.
        let last = (due_minute(now.nanos()) - 1).min(next_minute + MINUTES_A_LOOK);
        let mut swept = sweep(&unsealed, Job::Left).await;
        while swept.is_ok() && next_minute <= last {
            swept = sweep_minute(&unsealed, next_minute, now).await;
            if swept.is_ok() {
                next_minute += 1;
            }
        }
        if let Err(fault) = swept {
            tracing::warn!(error = %fault, "cleaning up ended tokens failed; it is tried again");
        }
    }
}

/// What is to be cleaned up.
#[derive(Clone, Copy)]
enum Job {
    /// What revocations have left.
    Left,
    /// What ended in a minute.
    Due { minute: i64, now: Timestamp },
}

impl Job {
    /// Takes a step; false when there is nothing more to do.
    async fn step(self, tokens: &TokenStore) -> Result<bool, Fault> {
        match self {
            Self::Left => tokens.remove_left().await,
            Self::Due { minute, now } => tokens.remove_due(minute, now).await,
        }
    }
}

async fn sweep_minute(unsealed: &Weak<Unsealed>, minute: i64, now: Timestamp) -> Result<(), Fault> {
    let Some(holder) = unsealed.upgrade() else { return Ok(()) };
    let is_due = holder.tokens.has_due(minute).await?;
    drop(holder);
    if is_due { sweep(unsealed, Job::Due { minute, now }).await } else { Ok(()) }
}

/// Does the job to its end, or until the vault is sealed.
async fn sweep(unsealed: &Weak<Unsealed>, job: Job) -> Result<(), Fault> {
    loop {
        let Some(unsealed) = unsealed.upgrade() else { return Ok(()) };
        if !job.step(&unsealed.tokens).await? {
            return Ok(());
        }
        drop(unsealed);
        tokio::time::sleep(REST).await;
    }
}
