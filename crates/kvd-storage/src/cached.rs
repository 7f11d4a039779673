//! A cache in front of an engine whose reads may wait for a disk.

use crate::{
    ApplyError, Backend, Changes, KeyRange, Peek, Record, StoreError, Table,
    cache::{RecordCache, Ticket},
    epochs::Epochs,
};
use bytes::Bytes;
use std::borrow::Cow;

/// Up to so many keys of a removed prefix are removed one by one.
///
/// That keeps the cache of all other keys, and spares the engine the mark of a removed range, which every later read
/// near it has to consider.
const FEW: usize = 256;

/// An engine whose records are kept in memory, sealed as they are, as far as `bytes` reach.
pub struct Cached<B> {
    backend: B,
    cache: RecordCache,
    epochs: Epochs,
}

impl<B: Backend> Cached<B> {
    /// Puts a cache of about `bytes` bytes in front of `backend`.
    pub fn new(backend: B, bytes: usize) -> Self {
        Self { backend, cache: RecordCache::new(bytes), epochs: Epochs::new() }
    }

    /// The engine behind the cache.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    fn fill(&self, ticket: Option<&Ticket>, table: Table, key: &[u8], value: Option<&Bytes>) {
        if let Some(ticket) = ticket {
            self.cache.fill(ticket, table, key, value);
        }
    }

    /// The same changes, with removals of few keys in place of removed prefixes where that is possible.
    fn resolved<'a>(&self, changes: &'a Changes) -> Result<Cow<'a, Changes>, StoreError> {
        let mut resolved = Cow::Borrowed(changes);
        for (table, of_table) in changes.tables() {
            for prefix in &of_table.removed {
                let range = KeyRange::of(prefix, None);
                if let Some(keys) = self.backend.few_keys(table, &range, FEW)? {
                    resolved.to_mut().spell_out(table, prefix, keys);
                }
            }
        }
        Ok(resolved)
    }
}

impl<B: Backend> Backend for Cached<B> {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        if let Some(known) = self.cache.get(table, key) {
            return Ok(Peek::Known(known));
        }
        let ticket = self.cache.ticket(table, key);
        let peeked = self.backend.peek(table, key)?;
        if let Peek::Known(value) = &peeked {
            self.fill(ticket.as_ref(), table, key, value.as_ref());
        }
        Ok(peeked)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        if let Some(known) = self.cache.get(table, key) {
            return Ok(known);
        }
        let ticket = self.cache.ticket(table, key);
        let value = self.backend.get(table, key)?;
        self.fill(ticket.as_ref(), table, key, value.as_ref());
        Ok(value)
    }

    fn peek_scan(
        &self,
        table: Table,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Option<Vec<Record>>, StoreError> {
        self.backend.peek_scan(table, range, limit)
    }

    fn scan(&self, table: Table, range: &KeyRange, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.backend.scan(table, range, limit)
    }

    fn epoch(&self, table: Table, prefix: &[u8]) -> Option<u64> {
        self.epochs.of(table, prefix)
    }

    fn few_keys(&self, table: Table, range: &KeyRange, few: usize) -> Result<Option<Vec<Bytes>>, StoreError> {
        self.backend.few_keys(table, range, few)
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        let changes = self.resolved(changes).map_err(|e| ApplyError::Refused(Box::new(e)))?;
        let is_present = |table, key: &[u8]| matches!(self.cache.get(table, key), Some(Some(_)));
        let moving = self.epochs.touched_by(&changes, is_present);
        let closed = self.cache.close(&changes);
        self.backend.apply(&changes)?;
        closed.publish(&changes);
        moving.done();
        Ok(())
    }
}
