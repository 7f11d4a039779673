//! KV version 2 as plain maps, without records, pages or transactions.

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
        let secret = self.secrets.get(key).cloned().unwrap_or_default();
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

    /// The names in a folder, `after` and `limit` not considered.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .secrets
            .keys()
            .filter_map(|key| key.strip_prefix(folder))
            .map(|rest| rest.split_once('/').map_or(rest.to_owned(), |(inner, _)| format!("{inner}/")))
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
