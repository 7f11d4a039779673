//! A cache of sealed records that never shows a value older than one that was already seen or acknowledged.
//!
//! Two races would break that promise. A reader could read an old value, lose the processor, and put it into the
//! cache after a newer one was committed. And while a commit is being made visible, one reader could find the new
//! value below the cache and the next one an old value in it. Therefore the committer closes the keys it is about to
//! change ([`RecordCache::close`]): from then until the [`Closed`] keys open again, the cache says nothing about
//! them, and whatever was read before or meanwhile is not let in.

use crate::{Changes, Table};
use bytes::Bytes;
use parking_lot::Mutex;
use quick_cache::{Equivalent, OptionsBuilder, Weighter, sync::Cache};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// Keys are closed in stripes; their number bounds the memory for it, and how often a key is closed without need.
const STRIPES: usize = 4096;
/// What a record costs beside its bytes: two handles, the entry and its place in the index. Measured: 126 bytes for
/// an absent record, up to 177 for one that has been read.
const OVERHEAD: usize = 176;
/// A value may take up at most this part of the cache, so that one large secret does not drive out thousands.
const LARGEST_PART: usize = 64;
/// The longest key that is cached. Keys lie in the entries themselves: a pointer to each would cost every look-up a
/// trip to memory. Those of the barrier have 53 bytes at most.
const LONGEST_KEY: usize = 62;
/// What a record is expected to weigh; it only sizes the index.
const EXPECTED_RECORD: usize = 1024;

/// The cache; see the module for its promise.
pub(crate) struct RecordCache {
    entries: Cache<Key, Entry, Weight, quick_cache::DefaultHashBuilder>,
    stripes: Box<[Mutex<Stripe>]>,
    hasher: RandomState,
    largest: usize,
}

/// Says that nothing has changed since it was handed out, if it still is let in.
pub(crate) struct Ticket {
    stripe: usize,
    commits: u64,
}

/// The keys that a commit changes, while it does.
#[must_use = "the keys stay closed until this is dropped"]
pub(crate) struct Closed<'a> {
    cache: &'a RecordCache,
    stripes: Vec<usize>,
}

#[derive(Clone, Copy, Default)]
struct Stripe {
    commits: u64,
    closed: bool,
}

struct Key {
    table: Table,
    length: u8,
    bytes: [u8; LONGEST_KEY],
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct KeyRef<'a> {
    table: Table,
    key: &'a [u8],
}

#[derive(Clone)]
enum Entry {
    Present(Bytes),
    Absent,
    /// The key was closed while it was cached; it keeps its rank.
    Unknown,
}

#[derive(Clone)]
struct Weight;

impl RecordCache {
    /// A cache that holds at most about `bytes` bytes, its own structures included.
    pub(crate) fn new(bytes: usize) -> Self {
        let built = OptionsBuilder::new()
            .weight_capacity(bytes as u64)
            .estimated_items_capacity((bytes / EXPECTED_RECORD).max(1))
            .build();
        let hash = quick_cache::DefaultHashBuilder::default();
        let entries = match built {
            Ok(options) => Cache::with_options(options, Weight, hash, Default::default()),
            Err(_) => {
                Cache::with((bytes / EXPECTED_RECORD).max(1), bytes as u64, Weight, hash, Default::default())
            }
        };
        Self {
            entries,
            stripes: (0..STRIPES).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            largest: bytes / LARGEST_PART,
        }
    }

    /// What the cache knows of a key.
    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Option<Option<Bytes>> {
        match self.entries.get(&KeyRef { table, key })? {
            Entry::Present(value) => Some(Some(value)),
            Entry::Absent => Some(None),
            Entry::Unknown => None,
        }
    }

    /// To be asked for before reading what is to be let in; there is none while the key is closed.
    pub(crate) fn ticket(&self, table: Table, key: &[u8]) -> Option<Ticket> {
        let stripe = self.stripe(table, key);
        let Stripe { commits, closed } = *self.stripes[stripe].lock();
        (!closed).then_some(Ticket { stripe, commits })
    }

    /// Lets in what was read with a ticket, unless the key was closed meanwhile.
    pub(crate) fn fill(&self, ticket: &Ticket, table: Table, key: &[u8], value: Option<&Bytes>) {
        // Held over the insertion, so that no commit can slip in between.
        let stripe = self.stripes[ticket.stripe].lock();
        if !stripe.closed && stripe.commits == ticket.commits {
            self.insert(table, key, value.cloned());
        }
    }

    /// Closes all keys that `changes` may change.
    pub(crate) fn close(&self, changes: &Changes) -> Closed<'_> {
        let mut stripes: Vec<usize> = if changes.tables().any(|(_, changes)| !changes.removed.is_empty()) {
            (0..STRIPES).collect()
        } else {
            let keys = changes.tables().flat_map(|(table, c)| c.points.keys().map(move |key| (table, key)));
            keys.map(|(table, key)| self.stripe(table, key)).collect()
        };
        stripes.sort_unstable();
        stripes.dedup();
        for stripe in &stripes {
            let mut stripe = self.stripes[*stripe].lock();
            stripe.commits += 1;
            stripe.closed = true;
        }
        // Only now, when nothing old can be let in any more.
        for (table, changes) in changes.tables() {
            for key in changes.points.keys() {
                if let Some(key) = (KeyRef { table, key }).to_owned() {
                    // It is an error for a key that is not cached, and that is as well.
                    let _ = self.entries.replace(key, Entry::Unknown, true);
                }
            }
            if !changes.removed.is_empty() {
                self.entries.retain(|key, _| key.table != table || !changes.removes(key.as_ref().key));
            }
        }
        Closed { cache: self, stripes }
    }

    fn insert(&self, table: Table, key: &[u8], value: Option<Bytes>) {
        let weight = key.len() + value.as_ref().map_or(0, Bytes::len);
        if weight > self.largest {
            self.entries.remove(&KeyRef { table, key });
            return;
        }
        let Some(key) = (KeyRef { table, key }).to_owned() else { return };
        // A copy of its own, since a part of a larger buffer would hold all of it.
        let entry = value.map_or(Entry::Absent, |value| Entry::Present(Bytes::copy_from_slice(&value)));
        self.entries.insert(key, entry);
    }

    fn stripe(&self, table: Table, key: &[u8]) -> usize {
        self.hasher.hash_one(KeyRef { table, key }) as usize % STRIPES
    }
}

impl Closed<'_> {
    /// Shows the new values of the keys, once they are durable and visible below the cache.
    pub(crate) fn publish(self, changes: &Changes) {
        for (table, changes) in changes.tables() {
            for (key, value) in &changes.points {
                self.cache.insert(table, key, value.clone());
            }
        }
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        for stripe in &self.stripes {
            self.cache.stripes[*stripe].lock().closed = false;
        }
    }
}

impl Key {
    fn as_ref(&self) -> KeyRef<'_> {
        KeyRef { table: self.table, key: &self.bytes[..usize::from(self.length)] }
    }
}

impl KeyRef<'_> {
    /// The key as it is kept; none for one that is too long.
    fn to_owned(self) -> Option<Key> {
        let mut bytes = [0; LONGEST_KEY];
        bytes.get_mut(..self.key.len())?.copy_from_slice(self.key);
        Some(Key { table: self.table, length: u8::try_from(self.key.len()).ok()?, bytes })
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.table as u8);
        state.write(self.key);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for Key {}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.as_ref()
    }
}

impl Weighter<Key, Entry> for Weight {
    fn weight(&self, key: &Key, entry: &Entry) -> u64 {
        let value = match entry {
            Entry::Present(value) => value.len(),
            Entry::Absent | Entry::Unknown => 0,
        };
        (OVERHEAD + usize::from(key.length) + value) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table::Heads;

    fn cache() -> RecordCache {
        RecordCache::new(1 << 20)
    }

    fn fill(cache: &RecordCache, key: &str, value: Option<&'static str>) {
        let ticket = cache.ticket(TABLE, key.as_bytes()).unwrap();
        cache.fill(&ticket, TABLE, key.as_bytes(), value.map(Bytes::from).as_ref());
    }

    fn check(cache: &RecordCache, key: &str, expected: Option<Option<&'static str>>) {
        assert_eq!(cache.get(TABLE, key.as_bytes()), expected.map(|v| v.map(Bytes::from)), "{key}");
    }

    fn put(key: &'static str, value: &'static str) -> Changes {
        let mut changes = Changes::default();
        changes.set(TABLE, Bytes::from(key), Some(Bytes::from(value)));
        changes
    }

    #[test]
    fn what_is_present_and_what_is_absent_is_known() {
        let cache = cache();
        check(&cache, "a", None);
        fill(&cache, "a", Some("1"));
        fill(&cache, "b", None);
        check(&cache, "a", Some(Some("1")));
        check(&cache, "b", Some(None));
        assert_eq!(cache.get(Table::Bodies, b"a"), None);
    }

    #[test]
    fn a_closed_key_is_unknown_until_it_is_published() {
        let cache = cache();
        fill(&cache, "a", Some("1"));
        let changes = put("a", "2");
        let closed = cache.close(&changes);
        check(&cache, "a", None);
        assert!(cache.ticket(TABLE, b"a").is_none());
        closed.publish(&changes);
        check(&cache, "a", Some(Some("2")));
    }

    #[test]
    fn what_was_read_before_a_commit_is_not_let_in_after_it() {
        let cache = cache();
        let changes = put("a", "2");
        let ticket = cache.ticket(TABLE, b"a").unwrap();
        let closed = cache.close(&changes);
        cache.fill(&ticket, TABLE, b"a", Some(&Bytes::from("1")));
        check(&cache, "a", None);
        closed.publish(&changes);
        cache.fill(&ticket, TABLE, b"a", Some(&Bytes::from("1")));
        check(&cache, "a", Some(Some("2")));
    }

    #[test]
    fn a_commit_that_fails_leaves_its_keys_unknown_and_open() {
        let cache = cache();
        fill(&cache, "a", Some("1"));
        drop(cache.close(&put("a", "2")));
        check(&cache, "a", None);
        fill(&cache, "a", Some("1"));
        check(&cache, "a", Some(Some("1")));
    }

    #[test]
    fn a_removed_prefix_is_forgotten_and_closed() {
        let cache = cache();
        ["a1", "a2", "b"].into_iter().for_each(|key| fill(&cache, key, Some("1")));
        let ticket = cache.ticket(TABLE, b"a3").unwrap();
        let mut changes = put("a2", "2");
        changes.remove_prefix(TABLE, Bytes::from("a1"));
        let closed = cache.close(&changes);
        cache.fill(&ticket, TABLE, b"a3", Some(&Bytes::from("1")));
        closed.publish(&changes);
        check(&cache, "a1", None);
        check(&cache, "a2", Some(Some("2")));
        check(&cache, "a3", None);
        check(&cache, "b", Some(Some("1")));
    }

    #[test]
    fn a_key_that_is_too_long_is_never_cached() {
        let cache = cache();
        for (length, expected) in [(LONGEST_KEY, Some(Some("1"))), (LONGEST_KEY + 1, None), (300, None)] {
            let key = "k".repeat(length);
            fill(&cache, &key, Some("1"));
            check(&cache, &key, expected);
            let mut changes = Changes::default();
            changes.set(TABLE, Bytes::from(key.clone()), Some(Bytes::from("2")));
            cache.close(&changes).publish(&changes);
            check(&cache, &key, expected.map(|_| Some("2")));
        }
    }

    #[test]
    fn the_cache_is_bounded_and_takes_no_giants() {
        let cache = cache();
        for number in 0..20_000_u32 {
            let key = number.to_be_bytes();
            let ticket = cache.ticket(TABLE, &key).unwrap();
            cache.fill(&ticket, TABLE, &key, Some(&Bytes::from(vec![0; 1000])));
        }
        assert!(cache.entries.weight() <= 1 << 20, "{}", cache.entries.weight());
        assert!(cache.entries.len() > 500, "{}", cache.entries.len());
        fill(&cache, "giant", Some("small"));
        let mut changes = Changes::default();
        changes.set(TABLE, Bytes::from("giant"), Some(Bytes::from(vec![0; 1 << 16])));
        cache.close(&changes).publish(&changes);
        check(&cache, "giant", None);
    }
}
