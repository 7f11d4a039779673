//! What was worked out for records in use, so that reading one again takes one decryption and no hash.
//!
//! For a name are kept: where its records lie, which never changes while the vault is open; the key of the record that
//! was opened there last; and what the record's owner has noted of it. None of these can be out of date, so there is
//! nothing to invalidate: whoever wants the key or the note has the sealed record in hand, and gets them only if the
//! record's own salt is the one they belong to. Whether that record is the newest is for the store to say, which is
//! asked every time.
//!
//! The memo lives and dies with the open vault, and wipes its keys.

use crate::{
    error::CryptoError,
    names::{Names, PLACE, StoredKey, record_at},
    record::{EntryKey, SALT},
};
use arc_swap::{ArcSwapOption, Guard};
use kvd_storage::{Note, Slot, Stamp, Table};
use kvd_types::{NamespaceId, ViewId};
use quick_cache::{Equivalent, sync::Cache};
use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

/// Names that are kept; with their keys they take up about 400 bytes each.
const NAMES: usize = 32_768;

/// What is known of names in use.
pub(crate) struct Memo(Cache<Name, Arc<Known>>);

/// What is known of one name.
pub(crate) struct Known {
    /// The beginning of the stored keys of all its records.
    place: [u8; PLACE],
    /// The last record opened in the table of bodies, and in any other.
    last: [LastKey; 2],
    noted: ArcSwapOption<Noted>,
}

/// A note on one sealing of the record without versions.
struct Noted {
    table: Table,
    stamp: Stamp,
    note: Note,
}

/// Where a record lies, and what is known of its name where that is worth keeping.
pub(crate) struct Located {
    pub(crate) key: StoredKey,
    known: Option<Arc<Known>>,
}

/// The key of the record that was opened last in some place.
#[derive(Default)]
pub(crate) struct LastKey(ArcSwapOption<Derived>);

/// A key, and what it was derived from.
struct Derived {
    term: u32,
    kind: u8,
    salt: [u8; SALT],
    key: EntryKey,
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self(Cache::new(NAMES))
    }

    /// Finds the record in `slot`. Names of tokens and the like come by once or twice and are not kept.
    pub(crate) fn locate(&self, names: &Names<'_>, slot: &Slot<'_>) -> Located {
        match slot.table {
            Table::Heads | Table::Bodies => {
                let known = self.of(names, slot);
                Located { key: record_at(&known.place, slot.version), known: Some(known) }
            }
            Table::Tokens | Table::Leases | Table::System => Located { key: names.record(slot), known: None },
        }
    }

    /// What is known of the name of a slot; worked out when nothing is.
    fn of(&self, names: &Names<'_>, slot: &Slot<'_>) -> Arc<Known> {
        let name =
            NameRef { namespace: names.namespace, view: names.view, folder: slot.folder, name: slot.name };
        if let Some(known) = self.0.get(&name) {
            return known;
        }
        let known = Arc::new(Known {
            place: names.place(slot),
            last: Default::default(),
            noted: ArcSwapOption::empty(),
        });
        self.0.insert(name.to_owned(), Arc::clone(&known));
        known
    }
}

impl Located {
    /// Hands the keeper of the key of the last record of `table` to `open`.
    pub(crate) fn with_last<T>(&self, table: Table, open: impl FnOnce(&LastKey) -> T) -> T {
        match &self.known {
            Some(known) => open(&known.last[usize::from(table == Table::Bodies)]),
            None => open(&LastKey::default()),
        }
    }

    /// What is noted of the record of `table`, if anything is and `stamp` still is the record's.
    pub(crate) fn note(&self, table: Table, stamp: impl FnOnce() -> Option<Stamp>) -> Option<Note> {
        let noted = self.known.as_ref()?.noted.load();
        let noted = noted.as_ref().filter(|noted| noted.table == table)?;
        (stamp() == Some(noted.stamp)).then(|| Arc::clone(&noted.note))
    }

    /// Notes something of a sealing of the record of `table`.
    pub(crate) fn set_note(&self, table: Table, stamp: Stamp, note: Note) {
        if let Some(known) = &self.known {
            known.noted.store(Some(Arc::new(Noted { table, stamp, note })));
        }
    }
}

/// A key on loan.
pub(crate) struct Lent(Guard<Option<Arc<Derived>>>);

impl Lent {
    pub(crate) fn key(&self) -> Option<&EntryKey> {
        self.0.as_ref().map(|derived| &derived.key)
    }
}

impl LastKey {
    /// The key of the record of that kind, term and salt; derived when the last one was another.
    pub(crate) fn of(
        &self,
        kind: u8,
        term: u32,
        salt: &[u8; SALT],
        derive: impl FnOnce() -> Result<EntryKey, CryptoError>,
    ) -> Result<Lent, CryptoError> {
        let last = self.0.load();
        if last.as_ref().is_some_and(|d| (d.kind, d.term, &d.salt) == (kind, term, salt)) {
            return Ok(Lent(last));
        }
        let derived = Derived { term, kind, salt: *salt, key: derive()? };
        let derived = Some(Arc::new(derived));
        self.0.store(derived.clone());
        Ok(Lent(Guard::from_inner(derived)))
    }
}

/// A name in a folder of a view.
struct Name {
    namespace: NamespaceId,
    view: ViewId,
    /// Where the folder ends in `path`.
    folder: usize,
    path: Box<str>,
}

#[derive(PartialEq, Eq)]
struct NameRef<'a> {
    namespace: NamespaceId,
    view: ViewId,
    folder: &'a str,
    name: &'a str,
}

impl NameRef<'_> {
    fn to_owned(&self) -> Name {
        Name {
            namespace: self.namespace,
            view: self.view,
            folder: self.folder.len(),
            path: [self.folder, self.name].concat().into(),
        }
    }
}

impl Name {
    fn as_ref(&self) -> NameRef<'_> {
        let (folder, name) = self.path.split_at(self.folder);
        NameRef { namespace: self.namespace, view: self.view, folder, name }
    }
}

impl Hash for NameRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.namespace.0);
        state.write(&self.view.0);
        // The folder ends in a slash or is empty, and where it ends matters only for equality.
        state.write(self.folder.as_bytes());
        state.write(self.name.as_bytes());
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for Name {}

impl Equivalent<Name> for NameRef<'_> {
    fn equivalent(&self, name: &Name) -> bool {
        *self == name.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{DerivingKey, HmacKey, KEY};
    use std::cell::Cell;

    #[test]
    fn a_key_is_given_only_for_the_sealing_it_was_derived_for() {
        let (last, derived) = (LastKey::default(), Cell::new(0));
        let check = |kind: u8, term: u32, salt: u8, expected: u32| {
            let key = DerivingKey::new(&[7; KEY]);
            let lent = last.of(kind, term, &[salt; SALT], || {
                derived.set(derived.get() + 1);
                EntryKey::derive(&key, kind, &[salt; SALT])
            });
            let found = lent.unwrap().key().unwrap().commitment().to_vec();
            let fresh = EntryKey::derive(&key, kind, &[salt; SALT]).unwrap();
            assert_eq!(found, fresh.commitment(), "{kind} {term} {salt}");
            assert_eq!(derived.get(), expected, "{kind} {term} {salt}");
        };
        check(1, 1, 1, 1);
        check(1, 1, 1, 1);
        check(1, 1, 2, 2);
        check(2, 1, 2, 3);
        check(2, 2, 2, 4);
        check(2, 2, 2, 4);
        check(1, 1, 1, 5);
    }

    #[test]
    fn the_memo_says_what_the_names_say() {
        let (memo, key) = (Memo::new(), HmacKey::new(&[1; KEY]));
        for _ in 0..2 {
            for (view, path) in [(1, "a/b"), (1, "a/c"), (2, "a/b"), (1, "b"), (1, "a/"), (1, "a/b/")] {
                let names = Names { key: &key, namespace: NamespaceId::ROOT, view: ViewId::fixed(view) };
                for table in [Table::Heads, Table::Bodies] {
                    let slot = Slot::at(table, path);
                    assert_eq!(memo.of(&names, &slot).place, names.place(&slot), "{view} {path}");
                }
            }
        }
    }
}
