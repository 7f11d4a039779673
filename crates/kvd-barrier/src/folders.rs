//! The names of large folders that were listed lately, opened and sorted.
//!
//! What a folder holds is known by the store's [epoch](kvd_storage::Store::epoch): one that is read before a folder is
//! walked and is still the same later says that the names are still those. Small folders are walked every time,
//! which takes one scan.

use crate::names::StoredKey;
use kvd_storage::{Names, Table};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Memory for all names together: a million of ordinary length.
const MOST_BYTES: usize = 32 << 20;
/// Folders that are kept at most; more would make room too slowly.
const MOST_FOLDERS: usize = 1024;

/// The folders. Dropping them wipes the names.
#[derive(Default)]
pub(crate) struct Folders(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    folders: HashMap<(Table, StoredKey), Folder>,
    bytes: usize,
    uses: u64,
}

struct Folder {
    epoch: u64,
    names: Names,
    last_use: u64,
}

impl Folders {
    /// The names of a folder, if they were kept at this epoch.
    pub(crate) fn get(&self, table: Table, prefix: &StoredKey, epoch: u64) -> Option<Names> {
        let mut kept = self.lock();
        kept.uses += 1;
        let uses = kept.uses;
        let folder = kept.folders.get_mut(&(table, *prefix)).filter(|folder| folder.epoch == epoch)?;
        folder.last_use = uses;
        Some(folder.names.clone())
    }

    /// Keeps the names that a folder had at an epoch; whatever has not been asked for longest makes room.
    pub(crate) fn put(&self, table: Table, prefix: &StoredKey, epoch: u64, names: &Names) {
        let mut kept = self.lock();
        kept.remove(&(table, *prefix));
        if names.bytes() > MOST_BYTES {
            return;
        }
        while kept.bytes + names.bytes() > MOST_BYTES || kept.folders.len() >= MOST_FOLDERS {
            let oldest = kept.folders.iter().min_by_key(|(_, folder)| folder.last_use).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            kept.remove(&oldest);
        }
        kept.uses += 1;
        let folder = Folder { epoch, names: names.clone(), last_use: kept.uses };
        kept.bytes += names.bytes();
        kept.folders.insert((table, *prefix), folder);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remove(&mut self, key: &(Table, StoredKey)) {
        if let Some(folder) = self.folders.remove(key) {
            self.bytes -= folder.names.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(number: u32) -> StoredKey {
        StoredKey::new().with(&number.to_be_bytes())
    }

    fn names(count: usize, bytes: usize) -> Names {
        (0..count).map(|n| format!("{n}{}", "x".repeat(bytes))).collect()
    }

    #[test]
    fn names_are_given_at_their_own_epoch_only() {
        let folders = Folders::default();
        folders.put(Table::Heads, &prefix(1), 7, &names(3, 5));
        assert!(folders.get(Table::Heads, &prefix(1), 8).is_none());
        assert!(folders.get(Table::Tokens, &prefix(1), 7).is_none());
        assert!(folders.get(Table::Heads, &prefix(2), 7).is_none());
        assert_eq!(folders.get(Table::Heads, &prefix(1), 7).map(|n| n.len()), Some(3));
        folders.put(Table::Heads, &prefix(1), 8, &names(4, 5));
        assert!(folders.get(Table::Heads, &prefix(1), 7).is_none());
        assert_eq!(folders.get(Table::Heads, &prefix(1), 8).map(|n| n.len()), Some(4));
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let folders = Folders::default();
        for number in 0..3000 {
            folders.put(Table::Heads, &prefix(number), 1, &names(10, 1000));
            assert!(folders.get(Table::Heads, &prefix(0), 1).is_some(), "{number}");
        }
        let kept = folders.lock();
        assert!(kept.folders.len() <= MOST_FOLDERS && kept.bytes <= MOST_BYTES);
        drop(kept);
        folders.put(Table::Heads, &prefix(9000), 1, &names(33, 1 << 20));
        assert!(folders.get(Table::Heads, &prefix(9000), 1).is_none());
        folders.put(Table::Heads, &prefix(9001), 1, &names(31, 1 << 20));
        assert!(folders.get(Table::Heads, &prefix(9001), 1).is_some());
        assert!(folders.lock().bytes <= MOST_BYTES);
    }
}
