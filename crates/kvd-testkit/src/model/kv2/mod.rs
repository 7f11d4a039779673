//! KV version 2 as plain maps, without records, pages or transactions; and a game that plays it against a real one.

mod game;
mod shown;
mod step;

pub use self::game::{Game, Mount};

use kvd_types::Timestamp;
use std::{collections::BTreeMap, time::Duration};

/// A secret's data, kept flat: a name and a number.
pub type Data = BTreeMap<String, i64>;

/// A mount.
#[derive(Clone, Debug, Default)]
pub struct Kv2 {
    /// How many versions are kept; 0 for ten.
    pub max_versions: u64,
    /// Whether every write needs a check-and-set number.
    pub cas_required: bool,
    /// Seconds after which versions delete themselves; below zero for never, 0 for nothing said.
    pub delete_version_after: i64,
    /// The secrets.
    pub secrets: BTreeMap<String, Secret>,
}

/// A secret.
#[derive(Clone, Debug, Default)]
pub struct Secret {
    /// When it came into being.
    pub created: Timestamp,
    /// When a version or metadata were last written.
    pub updated: Timestamp,
    /// The newest number; 0 without a version.
    pub current: u64,
    /// The oldest number; 0 until one had to go.
    pub oldest: u64,
    /// As that of the mount.
    pub max_versions: u64,
    /// As that of the mount.
    pub cas_required: bool,
    /// Seconds; 0 for nothing said.
    pub delete_version_after: i64,
    /// Texts of the user's own.
    pub custom: BTreeMap<String, String>,
    /// Counts writes of metadata.
    pub metadata_version: u64,
    /// The versions that are kept.
    pub versions: BTreeMap<u64, Version>,
}

/// What a write of metadata sets; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// As that of a secret.
    pub max_versions: Option<u64>,
    /// As that of a secret.
    pub delete_version_after: Option<i64>,
    /// As that of a secret.
    pub cas_required: Option<bool>,
    /// Names that are set, or taken away.
    pub custom: BTreeMap<String, Option<String>>,
}

/// A version.
#[derive(Clone, Debug)]
pub struct Version {
    /// What was written; none once it is destroyed.
    pub data: Option<Data>,
    /// When it was written.
    pub created: Timestamp,
    /// When it is or was deleted.
    pub deletion: Option<Timestamp>,
}

impl Version {
    /// Whether it can be read no more.
    pub fn is_hidden(&self, now: Timestamp) -> bool {
        self.data.is_none() || self.deletion.is_some_and(|t| t <= now)
    }
}

/// Why a write is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The check-and-set number is missing.
    CasRequired,
    /// It does not fit.
    CasMismatch,
    /// There is no version to patch.
    Missing,
    /// The version to patch is deleted or destroyed.
    Hidden,
}

impl Kv2 {
    /// Writes a version.
    ///
    /// # Errors
    /// When check-and-set refuses it.
    pub fn write(&mut self, key: &str, data: Data, cas: Option<u64>, now: Timestamp) -> Result<u64, Refusal> {
        let secret =
            self.secrets.get(key).cloned().unwrap_or_else(|| Secret { created: now, ..Secret::default() });
        self.check_cas(&secret, cas)?;
        Ok(self.append(key, secret, data, now))
    }

    /// Patches the newest version; `None` takes a name away.
    ///
    /// # Errors
    /// When there is nothing to patch, or check-and-set refuses it.
    pub fn patch(
        &mut self,
        key: &str,
        changes: &BTreeMap<String, Option<i64>>,
        cas: Option<u64>,
        now: Timestamp,
    ) -> Result<u64, Refusal> {
        let secret = self.secrets.get(key).cloned().ok_or(Refusal::Missing)?;
        self.check_cas(&secret, cas)?;
        let newest = secret.versions.get(&secret.current).ok_or(Refusal::Missing)?;
        if newest.is_hidden(now) {
            return Err(Refusal::Hidden);
        }
        let mut data = newest.data.clone().unwrap_or_default();
        for (name, value) in changes {
            match value {
                Some(value) => data.insert(name.clone(), *value),
                None => data.remove(name),
            };
        }
        Ok(self.append(key, secret, data, now))
    }

    /// Deletes versions that are neither deleted nor destroyed.
    pub fn delete(&mut self, key: &str, numbers: &[u64], now: Timestamp) {
        self.each(key, numbers, |version| {
            if !version.is_hidden(now) {
                version.deletion = Some(now);
            }
        });
    }

    /// Deletes the newest version.
    pub fn delete_newest(&mut self, key: &str, now: Timestamp) {
        let newest = self.secrets.get(key).map_or(0, |s| s.current);
        self.delete(key, &[newest], now);
    }

    /// Brings back versions that are not destroyed.
    pub fn undelete(&mut self, key: &str, numbers: &[u64], now: Timestamp) {
        let due = self.secrets.get(key).and_then(|s| self.due(s, now));
        self.each(key, numbers, |version| {
            if version.data.is_some() {
                version.deletion = due;
            }
        });
    }

    /// Removes versions for good.
    pub fn destroy(&mut self, key: &str, numbers: &[u64]) {
        self.each(key, numbers, |version| version.data = None);
    }

    /// Sets what is given of the metadata of a secret, which need not be there unless it `must_exist`; whether it was.
    pub fn write_metadata(
        &mut self,
        key: &str,
        changes: &Metadata,
        must_exist: bool,
        now: Timestamp,
    ) -> bool {
        let was_there = self.secrets.contains_key(key);
        if must_exist && !was_there {
            return false;
        }
        let secret = self
            .secrets
            .entry(key.to_owned())
            .or_insert_with(|| Secret { created: now, ..Secret::default() });
        secret.max_versions = changes.max_versions.unwrap_or(secret.max_versions);
        secret.delete_version_after = changes.delete_version_after.unwrap_or(secret.delete_version_after);
        secret.cas_required = changes.cas_required.unwrap_or(secret.cas_required);
        for (name, text) in &changes.custom {
            match text {
                Some(text) => secret.custom.insert(name.clone(), text.clone()),
                None => secret.custom.remove(name),
            };
        }
        secret.metadata_version += 1;
        secret.updated = now;
        was_there
    }

    /// The names in a folder.
    pub fn list(&self, folder: &str) -> Vec<String> {
        self.list_if(folder, |_| true)
    }

    /// The names in a folder, without secrets whose newest version is deleted.
    pub fn list_undeleted(&self, folder: &str, now: Timestamp) -> Vec<String> {
        let deleted = |secret: &Secret| {
            secret.versions.get(&secret.current).is_some_and(|v| v.deletion.is_some_and(|t| t <= now))
        };
        self.list_if(folder, |secret| !deleted(secret))
    }

    /// The paths below a folder, all the way down.
    pub fn scan(&self, folder: &str) -> Vec<String> {
        self.secrets.keys().filter_map(|key| key.strip_prefix(folder)).map(str::to_owned).collect()
    }

    fn list_if(&self, folder: &str, wanted: impl Fn(&Secret) -> bool) -> Vec<String> {
        let below = self.secrets.iter().filter_map(|(key, secret)| Some((key.strip_prefix(folder)?, secret)));
        let mut names: Vec<String> = below
            .filter_map(|(rest, secret)| match rest.split_once('/') {
                Some((inner, _)) => Some(format!("{inner}/")),
                None => wanted(secret).then(|| rest.to_owned()),
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn each(&mut self, key: &str, numbers: &[u64], change: impl Fn(&mut Version)) {
        for number in numbers {
            if let Some(version) = self.secrets.get_mut(key).and_then(|s| s.versions.get_mut(number)) {
                change(version);
            }
        }
    }

    fn check_cas(&self, secret: &Secret, cas: Option<u64>) -> Result<(), Refusal> {
        match cas {
            None if self.cas_required || secret.cas_required => Err(Refusal::CasRequired),
            Some(n) if n != secret.current => Err(Refusal::CasMismatch),
            None | Some(_) => Ok(()),
        }
    }

    fn due(&self, secret: &Secret, now: Timestamp) -> Option<Timestamp> {
        let seconds = match (self.delete_version_after, secret.delete_version_after) {
            (..0, _) | (0, 0) => return None,
            (0, s) | (s, 0) => s,
            (a, b) => a.min(b),
        };
        Some(now.plus(Duration::from_secs(seconds.unsigned_abs())))
    }

    fn append(&mut self, key: &str, mut secret: Secret, data: Data, now: Timestamp) -> u64 {
        secret.current += 1;
        secret.updated = now;
        let version = Version { data: Some(data), created: now, deletion: self.due(&secret, now) };
        secret.versions.insert(secret.current, version);
        let kept = match self.max_versions.max(secret.max_versions) {
            0 => 10,
            n => n,
        };
        if secret.current - secret.oldest >= kept {
            secret.oldest = secret.current - kept + 1;
            let oldest = secret.oldest;
            secret.versions.retain(|number, _| *number >= oldest);
        }
        let number = secret.current;
        self.secrets.insert(key.to_owned(), secret);
        number
    }
}
