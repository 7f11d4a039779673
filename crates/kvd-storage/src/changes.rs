//! A set of changes to the tables, without redundancy: removed prefixes first, then at most one change per key.

use crate::{KeyRange, Record, StoreError, Table, range::end_of_prefix, range::next_key};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

/// Changes that take effect as one whole.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    tables: [TableChanges; Table::ALL.len()],
    bytes: usize,
}

/// The changes to one table: `removed` takes effect before `points`.
#[derive(Clone, Debug, Default)]
pub struct TableChanges {
    /// Keys with their new values, or with `None` when they are to go.
    pub points: BTreeMap<Bytes, Option<Bytes>>,
    /// Prefixes whose keys are all to go; none of them starts with another.
    pub removed: BTreeSet<Bytes>,
}

/// Reads the first so many records of a range from the state that changes lie on.
pub(crate) type Below<'a> = dyn FnMut(&KeyRange, usize) -> Result<Vec<Record>, StoreError> + 'a;

/// How many records of the state below are read at least at a time, since some of them may turn out to be hidden.
const SCAN_PAGE: usize = 32;

impl Changes {
    /// The changes to a table.
    pub fn table(&self, table: Table) -> &TableChanges {
        &self.tables[table.index()]
    }

    /// All tables with their changes.
    pub fn tables(&self) -> impl Iterator<Item = (Table, &TableChanges)> {
        Table::ALL.into_iter().zip(&self.tables)
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(TableChanges::is_empty)
    }

    /// The length of all keys, prefixes and values that were recorded, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sets or, with `None`, removes a key.
    pub fn set(&mut self, table: Table, key: Bytes, value: Option<Bytes>) {
        self.bytes += key.len() + value.as_ref().map_or(0, Bytes::len);
        self.tables[table.index()].points.insert(key, value);
    }

    /// Removes all keys that start with `prefix`.
    pub fn remove_prefix(&mut self, table: Table, prefix: Bytes) {
        self.bytes += prefix.len();
        self.tables[table.index()].remove_prefix(prefix);
    }

    /// Puts the removal of `keys`, which are all that a removed prefix covers, in place of that of the prefix.
    pub(crate) fn spell_out(&mut self, table: Table, prefix: &Bytes, keys: Vec<Bytes>) {
        let changes = &mut self.tables[table.index()];
        changes.removed.remove(prefix);
        for key in keys {
            // What is put there later stays.
            changes.points.entry(key).or_insert(None);
        }
    }

    /// Adds later changes to these, which are left empty for the next use.
    pub(crate) fn absorb(&mut self, later: &mut Self) {
        for (mine, later) in self.tables.iter_mut().zip(&mut later.tables) {
            for prefix in std::mem::take(&mut later.removed) {
                mine.remove_prefix(prefix);
            }
            // Not append(), which would walk over what is already there.
            mine.points.extend(std::mem::take(&mut later.points));
        }
        self.bytes += std::mem::take(&mut later.bytes);
    }

    /// Forgets all changes.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl TableChanges {
    /// Whether nothing changes in the table.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty() && self.removed.is_empty()
    }

    /// Whether a removed prefix covers a key.
    pub(crate) fn removes(&self, key: &[u8]) -> bool {
        self.removed_prefix_of(key).is_some()
    }

    /// What the changes say of a key: its new value or that it goes, or nothing.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Option<Bytes>> {
        match self.points.get(key) {
            Some(change) => Some(change.clone()),
            None => self.removed_prefix_of(key).map(|_| None),
        }
    }

    /// The first `limit` records of `range` as they are once the changes lie on top of the state that `below` reads.
    pub(crate) fn scan(
        &self,
        mut range: KeyRange,
        limit: usize,
        below: &mut Below<'_>,
    ) -> Result<Vec<Record>, StoreError> {
        if self.is_empty() {
            return below(&range, limit);
        }
        let mut found = Vec::new();
        while found.len() < limit && !range.is_empty() {
            // What lies below a removed prefix is not read at all, however much it is.
            let removed = self.removed_prefix_of(&range.from);
            let (page, horizon) = match removed {
                Some(prefix) => (Vec::new(), earlier(end_of_prefix(prefix), range.to.clone())),
                None => {
                    let wanted = (limit - found.len()).max(SCAN_PAGE);
                    let page = below(&range, wanted)?;
                    // A full page speaks only for the keys up to its last.
                    let last = page.last().filter(|_| page.len() >= wanted);
                    let horizon = last.map(|(key, _)| next_key(key)).or_else(|| range.to.clone());
                    (page, horizon)
                }
            };
            let part = KeyRange { from: range.from, to: horizon };
            self.merge(page, &part, limit, &mut found);
            match part.to {
                Some(next) => range.from = next,
                None => break,
            }
        }
        Ok(found)
    }

    /// Appends to `found`, in order, what is in `part` after the changes, `page` being what was there before.
    fn merge(&self, page: Vec<Record>, part: &KeyRange, limit: usize, found: &mut Vec<Record>) {
        if part.is_empty() {
            return;
        }
        let visible =
            |(key, _): &Record| !self.points.contains_key(key) && self.removed_prefix_of(key).is_none();
        let mut below = page.into_iter().filter(visible).peekable();
        for (key, change) in self.points.range::<[u8], _>(part.bounds()) {
            while let Some(record) = below.next_if(|(k, _)| k < key) {
                found.push(record);
            }
            if let Some(value) = change {
                found.push((key.clone(), value.clone()));
            }
            if found.len() >= limit {
                break;
            }
        }
        found.extend(below);
        found.truncate(limit);
    }

    fn remove_prefix(&mut self, prefix: Bytes) {
        let range = KeyRange::of(&prefix, None);
        let undone: Vec<Bytes> =
            self.points.range::<[u8], _>(range.bounds()).map(|(key, _)| key.clone()).collect();
        for key in undone {
            self.points.remove(&key);
        }
        if self.removed_prefix_of(&prefix).is_none() {
            let inner: Vec<Bytes> = self.removed.range::<[u8], _>(range.bounds()).cloned().collect();
            for shadowed in inner {
                self.removed.remove(&shadowed);
            }
            self.removed.insert(prefix);
        }
    }

    /// The removed prefix that `key` starts with.
    ///
    /// Because no removed prefix starts with another, it can only be the greatest that is not above the key.
    fn removed_prefix_of(&self, key: &[u8]) -> Option<&Bytes> {
        let mut below = self.removed.range::<[u8], _>((Bound::Unbounded, Bound::Included(key)));
        below.next_back().filter(|prefix| key.starts_with(prefix))
    }
}

fn earlier(a: Option<Vec<u8>>, b: Option<Vec<u8>>) -> Option<Vec<u8>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) | (None, one) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn bytes(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    /// Words of a script: `k=v` sets, `-k` deletes, `!p` removes a prefix; the answer lists `k=v` too.
    fn changes(script: &str) -> Changes {
        let mut changes = Changes::default();
        for word in script.split_whitespace() {
            match (word.split_once('='), word.strip_prefix('-'), word.strip_prefix('!')) {
                (Some((key, value)), ..) => changes.set(Table::Heads, bytes(key), Some(bytes(value))),
                (_, Some(key), _) => changes.set(Table::Heads, bytes(key), None),
                (_, _, Some(prefix)) => changes.remove_prefix(Table::Heads, bytes(prefix)),
                (None, None, None) => panic!("{word}"),
            }
        }
        changes
    }

    fn check(below: &str, script: &str, prefix: &str, after: Option<&str>, limit: usize, expected: &str) {
        let below: BTreeMap<Bytes, Bytes> =
            below.split_whitespace().map(|k| (bytes(k), bytes("0"))).collect();
        let mut read = |range: &KeyRange, limit: usize| {
            let records = below.range::<[u8], _>(range.bounds()).take(limit);
            Ok(records.map(|(k, v)| (k.clone(), v.clone())).collect())
        };
        let range = KeyRange::of(prefix.as_bytes(), after.map(str::as_bytes));
        let found = changes(script).table(Table::Heads).scan(range, limit, &mut read).unwrap();
        let found: Vec<String> = found
            .iter()
            .map(|(k, v)| format!("{}={}", String::from_utf8_lossy(k), String::from_utf8_lossy(v)))
            .collect();
        assert_eq!(found.join(" "), expected, "below {below:?}, changes {script}");
    }

    #[test]
    fn a_scan_shows_the_changes_on_top_of_the_state_below() {
        check("a b c", "", "", None, 9, "a=0 b=0 c=0");
        check("a c", "b=1 c=2 d=3", "", None, 9, "a=0 b=1 c=2 d=3");
        check("a b c", "-a -c", "", None, 9, "b=0");
        check("", "b=1 a=1", "", None, 9, "a=1 b=1");
    }

    #[test]
    fn a_scan_keeps_to_its_prefix_its_start_and_its_limit() {
        check("a1 a3 b", "a2=1 a0=1 b2=1", "a", None, 9, "a0=1 a1=0 a2=1 a3=0");
        check("a1 a3 b", "a2=1 a0=1 b2=1", "a", None, 2, "a0=1 a1=0");
        check("a1 a3 b", "a2=1 a0=1", "a", Some("a1"), 9, "a2=1 a3=0");
        check("a1 a3 b", "a2=1 a0=1", "a", Some("a2"), 1, "a3=0");
        check("a1 a3", "-a3", "a", Some("a1"), 1, "");
        check("a1", "a2=1", "a", Some("b"), 9, "");
        check("a1", "a2=1", "a", None, 0, "");
    }

    #[test]
    fn a_removed_prefix_hides_what_is_below_but_not_what_is_put_later() {
        check("a1 a2 b", "!a", "", None, 9, "b=0");
        check("a1 a2 b", "a3=1 !a a2=2", "", None, 9, "a2=2 b=0");
        check("a1 a2 b", "!a a2=2 -a2", "", None, 9, "b=0");
        check("a b c d", "!b !c b=1", "", None, 2, "a=0 b=1");
        check("a b c d", "!", "", None, 9, "");
        check("a1 a2", "!a1 !a a3=1", "a", None, 9, "a3=1");
        check("a1 a2", "!a !a1 a3=1", "a", None, 9, "a3=1");
    }

    #[test]
    fn a_scan_goes_on_behind_many_hidden_records() {
        let below: Vec<String> = (0..500).map(|i| format!("k{i:03}")).collect();
        let script: Vec<String> = (0..450).map(|i| format!("-k{i:03}")).collect();
        check(&below.join(" "), &script.join(" "), "k", None, 2, "k450=0 k451=0");
    }

    #[test]
    fn what_lies_below_a_removed_prefix_is_not_read() {
        let asked = Cell::new(0);
        let mut read = |range: &KeyRange, _| {
            asked.set(asked.get() + 1);
            assert!(range.from >= b"b".to_vec(), "{range:?}");
            Ok(Vec::new())
        };
        let range = KeyRange::of(b"", None);
        let found = changes("!\0 !a").table(Table::Heads).scan(
            KeyRange { from: b"a".to_vec(), ..range },
            9,
            &mut read,
        );
        assert!(found.unwrap().is_empty());
        assert_eq!(asked.get(), 1);
    }

    #[test]
    fn later_changes_win_when_they_are_absorbed() {
        let mut first = changes("a1=1 a2=1 b=1 !c");
        let mut later = changes("!a a2=2 -b c=2");
        first.absorb(&mut later);
        assert!(later.is_empty() && later.bytes() == 0);
        let table = first.table(Table::Heads);
        for (key, expected) in [
            ("a1", Some(None)),
            ("a2", Some(Some("2"))),
            ("b", Some(None)),
            ("c", Some(Some("2"))),
            ("d", None),
        ] {
            assert_eq!(table.get(key.as_bytes()), expected.map(|v| v.map(bytes)), "{key}");
        }
    }

    #[test]
    fn every_table_has_its_place() {
        for (place, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table.index(), place);
        }
    }
}
