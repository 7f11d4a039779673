//! A store in memory, for tests, for development servers and for `storage "inmem"`.

use crate::{ApplyError, Backend, Changes, EmbeddedStore, KeyRange, Peek, Record, StoreError, Table};
use bytes::Bytes;
use parking_lot::RwLock;
use std::collections::BTreeMap;

/// A store that forgets everything when it is dropped.
pub type MemoryStore = EmbeddedStore<Memory>;

impl MemoryStore {
    /// An empty store.
    ///
    /// # Errors
    /// When there is no thread to be had for the committer.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::new(Memory::default())
    }
}

/// Sorted maps behind one lock: a batch is seen wholly or not at all, and costs only what it changes.
#[derive(Debug, Default)]
pub struct Memory {
    tables: RwLock<[BTreeMap<Bytes, Bytes>; Table::ALL.len()]>,
}

impl Memory {
    fn read<T>(&self, table: Table, read: impl FnOnce(&BTreeMap<Bytes, Bytes>) -> T) -> T {
        read(&self.tables.read()[table.index()])
    }
}

impl Backend for Memory {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.get(table, key).map(Peek::Known)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.read(table, |map| map.get(key).cloned()))
    }

    fn peek_scan(
        &self,
        table: Table,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        self.scan(table, range, limit).map(Some)
    }

    fn scan(&self, table: Table, range: &KeyRange, limit: usize) -> Result<Vec<Record>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let copied = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
        Ok(self.read(table, |map| map.range::<[u8], _>(range.bounds()).take(limit).map(copied).collect()))
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        let mut tables = self.tables.write();
        for (table, changes) in changes.tables() {
            let map = &mut tables[table.index()];
            for prefix in &changes.removed {
                // Each key is paid for when it goes, as it was when it came; splitting the map would copy the rest.
                let range = KeyRange::of(prefix, None);
                let gone: Vec<Bytes> =
                    map.range::<[u8], _>(range.bounds()).map(|(key, _)| key.clone()).collect();
                for key in gone {
                    map.remove(&key);
                }
            }
            for (key, change) in &changes.points {
                match change {
                    Some(value) => map.insert(key.clone(), value.clone()),
                    None => map.remove(key),
                };
            }
        }
        Ok(())
    }
}
