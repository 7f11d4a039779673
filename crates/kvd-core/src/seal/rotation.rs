//! When the data key is replaced without anybody asking: after so many encryptions, or after so long.

use super::Unsealed;
use crate::{config::Stored, vault::Inner};
use kvd_barrier::{Barrier, KeyStatus};
use kvd_types::{Fault, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// The fewest encryptions that may be asked for.
pub(crate) const FEWEST: i64 = 1_000_000;
/// The most that may be asked for: 90 % of 2^32, the bound of NIST SP 800-38D 8.3 for random nonces under one key.
pub(crate) const MOST: i64 = 3_865_470_566;
/// The shortest interval that may be asked for.
pub(crate) const SHORTEST: Duration = Duration::from_secs(24 * 3600);
/// Between two looks at the counter.
const PAUSE: Duration = Duration::from_secs(60);

/// What is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RotationConfig {
    pub(crate) enabled: bool,
    pub(crate) max_operations: i64,
    /// 0 for no interval.
    pub(crate) interval_seconds: u64,
}

impl Default for RotationConfig {
    fn default() -> Self {
        Self { enabled: true, max_operations: MOST, interval_seconds: 0 }
    }
}

impl RotationConfig {
    fn is_due(&self, key: &KeyStatus, now: Timestamp) -> bool {
        let old = self.interval_seconds > 0 && now.since(key.installed).as_secs() >= self.interval_seconds;
        let used = i64::try_from(key.encryptions).unwrap_or(i64::MAX) >= self.max_operations;
        self.enabled && (old || used)
    }
}

/// The settings of an unsealed vault.
pub(crate) struct Rotation(pub(crate) Stored<RotationConfig>);

impl Rotation {
    pub(crate) async fn load(barrier: &Arc<Barrier>) -> Result<Self, Fault> {
        Stored::load(barrier, "rotation").await.map(Self)
    }
}

/// Replaces the data key whenever it is due, until the vault is sealed.
pub(crate) async fn rotate_when_due(vault: Weak<Inner>, unsealed: Weak<Unsealed>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let (Some(vault), Some(unsealed)) = (vault.upgrade(), unsealed.upgrade()) else { return };
        let now = vault.clock.now();
        let config = unsealed.rotation.0.get();
        if !unsealed.barrier.key_status().is_some_and(|key| config.is_due(&key, now)) {
            continue;
        }
        match unsealed.barrier.rotate(now).await {
            Ok(key) => tracing::info!(term = key.term, "the data key was due and has been rotated"),
            Err(error) => tracing::error!(%error, "rotating the data key failed; it is tried again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_due_by_use_or_by_age() {
        let day = 24 * 3600;
        let config = |enabled, max_operations, interval_seconds| RotationConfig {
            enabled,
            max_operations,
            interval_seconds,
        };
        for (config, encryptions, age_seconds, due) in [
            (RotationConfig::default(), 0, 1000 * day, false),
            (RotationConfig::default(), 3_865_470_565, 0, false),
            (RotationConfig::default(), 3_865_470_566, 0, true),
            (config(true, FEWEST, 0), 1_000_000, 0, true),
            (config(false, FEWEST, 86_400), 1_000_000, 2 * day, false),
            (config(true, MOST, 86_400), 0, day - 1, false),
            (config(true, MOST, 86_400), 0, day, true),
        ] {
            let key = KeyStatus { term: 1, installed: Timestamp::from_seconds(1000), encryptions };
            let now = Timestamp::from_seconds(1000 + age_seconds);
            assert_eq!(config.is_due(&key, now), due, "{config:?} {encryptions} {age_seconds}");
        }
    }
}
