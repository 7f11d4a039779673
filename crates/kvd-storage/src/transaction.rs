//! What one work of a group sees: the committed state, the works before it in the group, and its own changes.

use crate::{Backend, Changes, KeyRange, Record, StoreError, Table, Tx};
use bytes::Bytes;

/// The [`Tx`] that the committer hands to a work.
pub(crate) struct Transaction<'a, B> {
    pub(crate) backend: &'a B,
    pub(crate) group: &'a Changes,
    pub(crate) own: &'a mut Changes,
}

impl<B: Backend> Tx for Transaction<'_, B> {
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        match self.own.table(table).get(key).or_else(|| self.group.table(table).get(key)) {
            Some(value) => Ok(value),
            None => self.backend.get(table, key),
        }
    }

    fn scan(
        &mut self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let mut committed = |range: &KeyRange, limit| self.backend.scan(table, range, limit);
        let mut grouped =
            |range: &KeyRange, limit| self.group.table(table).scan(range.clone(), limit, &mut committed);
        let range = KeyRange::of(prefix, after);
        if range.is_empty() {
            return Ok(Vec::new());
        }
        self.own.table(table).scan(range, limit, &mut grouped)
    }

    fn put(&mut self, table: Table, key: Bytes, value: Bytes) {
        self.own.set(table, key, Some(value));
    }

    fn delete(&mut self, table: Table, key: Bytes) {
        self.own.set(table, key, None);
    }

    fn delete_prefix(&mut self, table: Table, prefix: Bytes) {
        self.own.remove_prefix(table, prefix);
    }
}
