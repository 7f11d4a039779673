//! The settings of a mount, and the copy of them that every request looks at.

use super::layout::SETTINGS;
use crate::{codec::Reader, fetch::fetch};
use arc_swap::ArcSwapOption;
use kvd_storage::{View, ViewError, ViewTx};
use kvd_types::Timestamp;
use std::{sync::Arc, time::Duration};

/// How many versions are kept where neither the mount nor the secret says so.
const DEFAULT_MAX_VERSIONS: u32 = 10;

/// First byte of the record.
const FORMAT: u8 = 1;

/// What holds for all secrets of a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// Counts the changes, so that an older copy never takes the place of a newer one.
    pub(super) revision: u64,
    /// 0 for the default.
    pub(super) max_versions: u32,
    pub(super) cas_required: bool,
    pub(super) metadata_cas_required: bool,
    pub(super) delete_version_after: DeleteAfter,
}

/// When new versions delete themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DeleteAfter {
    /// The mount does not say; a secret may.
    #[default]
    Unset,
    /// Never, whatever a secret says.
    Never,
    /// After so many seconds, or earlier where a secret says so.
    Seconds(u64),
}

impl DeleteAfter {
    /// As Vault shows it, in seconds: -1 for never.
    pub(super) fn seconds(self) -> i64 {
        match self {
            Self::Unset => 0,
            Self::Never => -1,
            Self::Seconds(s) => i64::try_from(s).unwrap_or(i64::MAX),
        }
    }

    /// From seconds; all negative numbers mean the same.
    pub(super) fn from_seconds(seconds: i64) -> Self {
        match u64::try_from(seconds) {
            Err(_) => Self::Never,
            Ok(0) => Self::Unset,
            Ok(s) => Self::Seconds(s),
        }
    }
}

impl Settings {
    /// How many versions of a secret are kept that itself says `of_secret`: the greater number counts.
    pub(super) fn versions_kept(&self, of_secret: u32) -> u64 {
        match self.max_versions.max(of_secret) {
            0 => u64::from(DEFAULT_MAX_VERSIONS),
            n => u64::from(n),
        }
    }

    /// When a version made at `now` deletes itself, in a secret that says `of_secret` seconds (0 for nothing):
    /// the shorter time counts.
    pub(super) fn deletion_of(&self, of_secret: u64, now: Timestamp) -> Option<Timestamp> {
        let seconds = match (self.delete_version_after, of_secret) {
            (DeleteAfter::Never, _) | (DeleteAfter::Unset, 0) => return None,
            (DeleteAfter::Unset, s) | (DeleteAfter::Seconds(s), 0) => s,
            (DeleteAfter::Seconds(a), b) => a.min(b),
        };
        Some(now.plus(Duration::from_secs(seconds)))
    }

    /// Reads them inside a transaction.
    pub(super) fn load(tx: &mut dyn ViewTx) -> Result<Self, ViewError> {
        tx.get(SETTINGS)?.map_or(Ok(Self::default()), |record| Self::decode(record.plain.expose()))
    }

    /// Writes them inside a transaction.
    pub(super) fn save(&self, tx: &mut dyn ViewTx) -> Result<(), ViewError> {
        tx.put(SETTINGS, &self.encode()).map(|_| ())
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORMAT, u8::from(self.cas_required) | u8::from(self.metadata_cas_required) << 1];
        out.extend_from_slice(&self.revision.to_le_bytes());
        out.extend_from_slice(&self.max_versions.to_le_bytes());
        out.extend_from_slice(&self.delete_version_after.seconds().to_le_bytes());
        out
    }

    fn decode(record: &[u8]) -> Result<Self, ViewError> {
        let mut r = Reader::new(record, "a mount's settings");
        if r.u8()? != FORMAT {
            return Err(r.malformed());
        }
        let flags = r.u8()?;
        let settings = Self {
            revision: r.u64()?,
            max_versions: r.u32()?,
            cas_required: flags & 1 != 0,
            metadata_cas_required: flags & 2 != 0,
            delete_version_after: DeleteAfter::from_seconds(r.i64()?),
        };
        r.end()?;
        Ok(settings)
    }
}

/// The settings in memory.
///
/// A change is put here after it is durable and before it is answered, so every request that begins after the
/// answer sees it. A copy read from the store while a change was under way carries a lower revision, and stays out.
#[derive(Default)]
pub(super) struct SettingsCache(ArcSwapOption<Settings>);

impl SettingsCache {
    /// The settings in force.
    pub(super) async fn get(&self, view: &dyn View) -> Result<Settings, ViewError> {
        if let Some(settings) = self.0.load().as_deref() {
            return Ok(*settings);
        }
        let stored = match fetch(view, SETTINGS).await? {
            Some(record) => Settings::decode(record.plain.expose())?,
            None => Settings::default(),
        };
        self.put(stored);
        Ok(self.0.load().as_deref().copied().unwrap_or(stored))
    }

    /// Lets the store be asked again.
    pub(super) fn forget(&self) {
        self.0.store(None);
    }

    /// Takes settings over, unless newer ones are there.
    pub(super) fn put(&self, settings: Settings) {
        let candidate = Arc::new(settings);
        self.0.rcu(|held| match held {
            Some(held) if held.revision >= settings.revision => Some(Arc::clone(held)),
            Some(_) | None => Some(Arc::clone(&candidate)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn settings_come_back_as_they_were(revision: u64, max: u32, cas: bool, mcas: bool, after in -1..i64::MAX) {
            let settings = Settings {
                revision,
                max_versions: max,
                cas_required: cas,
                metadata_cas_required: mcas,
                delete_version_after: DeleteAfter::from_seconds(after),
            };
            prop_assert_eq!(Settings::decode(&settings.encode()).unwrap(), settings);
        }
    }

    #[test]
    fn the_shorter_time_counts_and_never_beats_all() {
        let now = Timestamp::from_seconds(1000);
        for (mount, secret, want) in
            [(0, 0, None), (0, 5, Some(5)), (7, 0, Some(7)), (7, 5, Some(5)), (3, 5, Some(3)), (-1, 5, None)]
        {
            let settings =
                Settings { delete_version_after: DeleteAfter::from_seconds(mount), ..Settings::default() };
            let got = settings.deletion_of(secret, now).map(|t| t.seconds() - 1000);
            assert_eq!(got, want, "mount {mount}, secret {secret}");
        }
    }

    #[test]
    fn the_greater_number_of_versions_counts() {
        for (mount, secret, want) in [(0, 0, 10), (5, 0, 5), (5, 3, 5), (3, 5, 5), (0, 1, 1)] {
            let settings = Settings { max_versions: mount, ..Settings::default() };
            assert_eq!(settings.versions_kept(secret), want, "mount {mount}, secret {secret}");
        }
    }

    #[test]
    fn an_older_copy_never_replaces_a_newer_one() {
        let cache = SettingsCache::default();
        for (revision, held) in [(0, 0), (3, 3), (2, 3), (4, 4)] {
            cache.put(Settings { revision, ..Settings::default() });
            assert_eq!(cache.0.load().as_deref().map(|s| s.revision), Some(held));
        }
    }
}
