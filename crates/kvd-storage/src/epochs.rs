//! Tells whether the keys of a group are still the same ones, without keeping any of them.

use crate::{Changes, Table};
use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Keys with the same first bytes are one group, so what is listed together should share them.
pub const GROUP_BYTES: usize = 28;
/// Groups share counters; their number bounds the memory for it, and how often a group seems changed without need.
const COUNTERS: usize = 4096;

/// A counter for each group, which moves after keys of the group have come or gone.
pub(crate) struct Epochs {
    counters: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// The counters that a commit moves once it is visible.
pub(crate) struct Moving<'a> {
    epochs: &'a Epochs,
    places: Vec<usize>,
    all: bool,
}

impl Epochs {
    pub(crate) fn new() -> Self {
        Self { counters: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(), hasher: RandomState::new() }
    }

    /// The counter of the group that `prefix` begins; whoever reads it before the keys holds a number that is out
    /// of date as soon as the keys may be.
    pub(crate) fn of(&self, table: Table, prefix: &[u8]) -> Option<u64> {
        let group = prefix.get(..GROUP_BYTES)?;
        Some(self.counters[self.place(table, group)].load(Ordering::Acquire))
    }

    /// What `changes` will move; `is_known` says of which keys it is certain that they are there already.
    pub(crate) fn touched_by(
        &self,
        changes: &Changes,
        is_known: impl Fn(Table, &[u8]) -> bool,
    ) -> Moving<'_> {
        let mut moving = Moving { epochs: self, places: Vec::new(), all: false };
        for (table, changes) in changes.tables() {
            for (key, change) in &changes.points {
                let stays = change.is_some() && is_known(table, key);
                if let (false, Some(group)) = (stays, key.get(..GROUP_BYTES)) {
                    moving.places.push(self.place(table, group));
                }
            }
            for prefix in &changes.removed {
                match prefix.get(..GROUP_BYTES) {
                    Some(group) => moving.places.push(self.place(table, group)),
                    None => moving.all = true,
                }
            }
        }
        moving
    }

    fn place(&self, table: Table, group: &[u8]) -> usize {
        let hash = self.hasher.hash_one((table, group));
        usize::try_from(hash % COUNTERS as u64).unwrap_or(0)
    }
}

impl Moving<'_> {
    /// To be called when every reader sees the changes, and before anybody is told of them.
    pub(crate) fn done(self) {
        let counters = &self.epochs.counters;
        let all = counters.iter().filter(|_| self.all);
        for counter in all.chain(self.places.iter().map(|place| &counters[*place])) {
            counter.fetch_add(1, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn key(group: u8, last: u8) -> Bytes {
        let mut key = vec![group; GROUP_BYTES];
        key.push(last);
        key.into()
    }

    #[test]
    fn a_group_moves_when_its_keys_come_or_go_and_not_when_values_change() {
        let check = |known: bool, fill: &dyn Fn(&mut Changes), moves: bool| {
            let epochs = Epochs::new();
            let before = epochs.of(Table::Heads, &key(1, 0));
            let mut changes = Changes::default();
            fill(&mut changes);
            epochs.touched_by(&changes, |_, _| known).done();
            assert_eq!(epochs.of(Table::Heads, &key(1, 0)) != before, moves);
        };
        check(false, &|c| c.set(Table::Heads, key(1, 1), Some(Bytes::new())), true);
        check(true, &|c| c.set(Table::Heads, key(1, 1), Some(Bytes::new())), false);
        check(true, &|c| c.set(Table::Heads, key(1, 1), None), true);
        check(true, &|c| c.remove_prefix(Table::Heads, key(1, 1)), true);
        check(true, &|c| c.remove_prefix(Table::Heads, Bytes::from_static(&[1])), true);
        check(true, &|_| {}, false);
    }

    #[test]
    fn shorter_prefixes_belong_to_no_group() {
        assert_eq!(Epochs::new().of(Table::Heads, &[1; GROUP_BYTES - 1]), None);
    }
}
