//! RocksDB as the engine below a committer: one column family per table.

use crate::{
    error::{MissingTable, OpenError},
    folder::Folder,
    options::Options,
};
use bytes::Bytes;
use kvd_storage::{ApplyError, Backend, Cause, Changes, KeyRange, Peek, Record, StoreError, Table};
use rocksdb::{
    ColumnFamily, ColumnFamilyDescriptor, DB, DBRawIterator, ErrorKind, ReadOptions, ReadTier, WriteBatch,
    WriteOptions,
};
use std::path::Path;

/// A listing that is longer goes to a thread that may block, wherever its blocks are.
const PEEK_RECORDS: usize = 256;
/// The same for its size in bytes.
const PEEK_BYTES: usize = 256 << 10;
/// Looking for few keys may read over so many bytes of values.
const FEW_KEYS_BYTES: usize = 1 << 20;
/// So many removed records may lie in the way of a listing before it goes to a thread that may block.
const PEEK_SKIPPED: u64 = 1024;

/// The database with its settings for reading and writing.
pub(crate) struct Engine {
    db: DB,
    folder: Folder,
    cached_only: ReadOptions,
    checked: ReadOptions,
    durable: WriteOptions,
}

impl Engine {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let folder = Folder::prepare(path, options.reserve_bytes)?;
        let settings = options.rocksdb();
        // RocksDB insists on its default column family; nothing is ever written to it.
        let names = Table::ALL.into_iter().map(Table::name).chain([rocksdb::DEFAULT_COLUMN_FAMILY_NAME]);
        let families = names.map(|name| ColumnFamilyDescriptor::new(name, settings.clone()));
        let db = DB::open_cf_descriptors(&settings, path, families)
            .map_err(|source| OpenError::of(path.to_owned(), source))?;
        folder.close_files()?;
        let mut cached_only = read_options();
        cached_only.set_read_tier(ReadTier::BlockCache);
        let mut durable = WriteOptions::default();
        durable.set_sync(true);
        Ok(Self { db, folder, cached_only, checked: read_options(), durable })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn family(&self, table: Table) -> Result<&ColumnFamily, MissingTable> {
        self.db.cf_handle(table.name()).ok_or(MissingTable { name: table.name() })
    }

    fn read(&self, table: Table, key: &[u8], options: &ReadOptions) -> Result<Option<Bytes>, ReadFailure> {
        let found = self.db.get_pinned_cf_opt(self.family(table)?, key, options)?;
        Ok(found.map(|value| Bytes::copy_from_slice(&value)))
    }

    /// An iterator at the first record of a range that ends with the range.
    fn seek(
        &self,
        table: Table,
        range: &KeyRange,
        mut options: ReadOptions,
    ) -> Result<DBRawIterator<'_>, ReadFailure> {
        options.set_iterate_lower_bound(range.from.as_slice());
        if let Some(to) = &range.to {
            options.set_iterate_upper_bound(to.as_slice());
        }
        let mut records = self.db.raw_iterator_cf_opt(self.family(table)?, options);
        records.seek_to_first();
        Ok(records)
    }

    fn collect(
        &self,
        table: Table,
        range: &KeyRange,
        limit: usize,
        options: ReadOptions,
        mut enough: impl FnMut(&[Record], usize) -> bool,
    ) -> Result<Option<Vec<Record>>, ReadFailure> {
        let mut found = Vec::new();
        if range.is_empty() || limit == 0 {
            return Ok(Some(found));
        }
        let mut bytes = 0;
        let mut records = self.seek(table, range, options)?;
        while let Some((key, value)) = records.item() {
            bytes += key.len() + value.len();
            found.push((Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)));
            if found.len() == limit {
                return Ok(Some(found));
            }
            if enough(&found, bytes) {
                return Ok(None);
            }
            records.next();
        }
        records.status()?;
        Ok(Some(found))
    }

    /// Adds the removal of all keys that start with `prefix`.
    fn remove_prefix(&self, batch: &mut WriteBatch, table: Table, prefix: &[u8]) -> Result<(), ReadFailure> {
        let family = self.family(table)?;
        let range = KeyRange::of(prefix, None);
        if let Some(to) = &range.to {
            batch.delete_range_cf(family, range.from.as_slice(), to.as_slice());
            return Ok(());
        }
        // A range has to end before some key, and behind these there is none: the last one goes by itself.
        let mut last = self.db.raw_iterator_cf_opt(family, read_options());
        last.seek_to_last();
        if let Some(last) = last.key().filter(|last| *last >= prefix) {
            batch.delete_range_cf(family, prefix, last);
            batch.delete_cf(family, last);
        }
        Ok(last.status()?)
    }

    fn batch(&self, changes: &Changes) -> Result<WriteBatch, ReadFailure> {
        let mut batch = WriteBatch::default();
        for (table, changes) in changes.tables() {
            if changes.is_empty() {
                continue;
            }
            for prefix in &changes.removed {
                self.remove_prefix(&mut batch, table, prefix)?;
            }
            let family = self.family(table)?;
            for (key, change) in &changes.points {
                match change {
                    Some(value) => batch.put_cf(family, key, value),
                    None => batch.delete_cf(family, key),
                }
            }
        }
        Ok(batch)
    }
}

impl Backend for Engine {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        match self.read(table, key, &self.cached_only) {
            Ok(value) => Ok(Peek::Known(value)),
            Err(failure) if failure.wants_disk() => Ok(Peek::OnDisk),
            Err(failure) => Err(failure.at(table)),
        }
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.read(table, key, &self.checked).map_err(|failure| failure.at(table))
    }

    fn peek_scan(
        &self,
        table: Table,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        let mut options = read_options();
        options.set_read_tier(ReadTier::BlockCache);
        options.set_max_skippable_internal_keys(PEEK_SKIPPED);
        let long = |found: &[Record], bytes| found.len() >= PEEK_RECORDS || bytes >= PEEK_BYTES;
        match self.collect(table, range, limit, options, long) {
            Ok(records) => Ok(records),
            Err(failure) if failure.wants_disk() => Ok(None),
            Err(failure) => Err(failure.at(table)),
        }
    }

    fn scan(&self, table: Table, range: &KeyRange, limit: usize) -> Result<Vec<Record>, StoreError> {
        let records = self.collect(table, range, limit, read_options(), |_, _| false);
        Ok(records.map_err(|failure| failure.at(table))?.unwrap_or_default())
    }

    fn few_keys(&self, table: Table, range: &KeyRange, few: usize) -> Result<Option<Vec<Bytes>>, StoreError> {
        let keys = || -> Result<Option<Vec<Bytes>>, ReadFailure> {
            let mut found = Vec::new();
            let mut bytes = 0;
            let mut records = self.seek(table, range, read_options())?;
            while let Some((key, value)) = records.item() {
                bytes += key.len() + value.len();
                if found.len() == few || bytes > FEW_KEYS_BYTES {
                    return Ok(None);
                }
                found.push(Bytes::copy_from_slice(key));
                records.next();
            }
            records.status()?;
            Ok(Some(found))
        };
        keys().map_err(|failure| failure.at(table))
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        let batch = self.batch(changes).map_err(|failure| ApplyError::Refused(failure.0))?;
        let bytes = batch.size_in_bytes() as u64;
        self.folder.check_room(bytes).map_err(|full| ApplyError::Refused(Box::new(full)))?;
        self.db.write_opt(batch, &self.durable).map_err(|e| ApplyError::Failed(Box::new(e)))
    }
}

/// Why a read failed, before it is known which table was read.
struct ReadFailure(Cause);

impl ReadFailure {
    /// Whether reading was only allowed to look into memory, and that was not enough.
    fn wants_disk(&self) -> bool {
        self.0.downcast_ref::<rocksdb::Error>().is_some_and(|e| e.kind() == ErrorKind::Incomplete)
    }

    fn at(self, table: Table) -> StoreError {
        StoreError::Read { table, source: self.0 }
    }
}

impl From<rocksdb::Error> for ReadFailure {
    fn from(error: rocksdb::Error) -> Self {
        Self(Box::new(error))
    }
}

impl From<MissingTable> for ReadFailure {
    fn from(missing: MissingTable) -> Self {
        Self(Box::new(missing))
    }
}

fn read_options() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_verify_checksums(true);
    options
}
