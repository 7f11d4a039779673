//! Stored keys: where a record lies, without saying so.
//!
//! ```text
//! namespace 4 BE | view 8 | PRF(folder) 16 | PRF(name) 16                       the record without versions
//! namespace 4 BE | view 8 | PRF(folder) 16 | PRF(name) 16 | 0x01 | version 8 BE  its versions
//! ```
//!
//! A folder is one prefix of 28 bytes, so listing it is one scan. All records of one slot share 44 bytes. The marker
//! byte keeps the versions under a prefix that the record without versions does not have, so that all of them can go
//! at once while it stays. The function is HMAC-SHA256, cut to 16 bytes, over namespace, view and names: equal names
//! in two views or two folders look different.

use crate::{codec::Stack, keys::HmacKey, record::MAX_KEY};
use kvd_storage::Slot;
use kvd_types::{NamespaceId, ViewId};

const PRF: usize = 16;
/// Namespace and view.
const VIEW: usize = 4 + 8;
/// The prefix of a folder.
const FOLDER: usize = VIEW + PRF;
/// What the store counts as one group is one folder.
const _: () = assert!(FOLDER == kvd_storage::GROUP_BYTES);
/// The key of a record without versions, and the prefix of the others.
pub(crate) const PLACE: usize = FOLDER + PRF;
const VERSIONS: u8 = 0x01;
/// Above every byte that may follow a record's key: where the next record begins.
const BEYOND: u8 = 0xFF;

/// A stored key, or the beginning of some.
pub(crate) type StoredKey = Stack<MAX_KEY>;

/// Makes the stored keys of one view.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) key: &'a HmacKey,
    pub(crate) namespace: NamespaceId,
    pub(crate) view: ViewId,
}

impl Names<'_> {
    /// The prefix of everything in the view.
    pub(crate) fn everything(&self) -> StoredKey {
        Stack::new().with(&self.namespace.0.to_be_bytes()).with(&self.view.0)
    }

    /// The prefix of all records in `folder`.
    pub(crate) fn folder(&self, folder: &str) -> StoredKey {
        let view = self.everything();
        let hidden = self.hide(&[b"folder", view.as_slice(), folder.as_bytes()]);
        view.with(&hidden)
    }

    /// The key of the record in `slot`.
    pub(crate) fn record(&self, slot: &Slot<'_>) -> StoredKey {
        record_at(&self.place(slot), slot.version)
    }

    /// The prefix of all versions of `slot`, which is not one of the record without versions.
    pub(crate) fn versions(&self, slot: &Slot<'_>) -> StoredKey {
        Stack::new().with(&self.place(slot)).with(&[VERSIONS])
    }

    /// What the keys of all records of `slot` begin with, whatever their versions.
    pub(crate) fn place(&self, slot: &Slot<'_>) -> [u8; PLACE] {
        let folder = self.folder(slot.folder);
        let hidden = self.hide(&[b"name\0\0", folder.as_slice(), slot.name.as_bytes()]);
        let mut place = [0; PLACE];
        place[..FOLDER].copy_from_slice(folder.as_slice());
        place[FOLDER..].copy_from_slice(&hidden);
        place
    }

    fn hide(&self, parts: &[&[u8]]) -> [u8; PRF] {
        let mut hidden = [0; PRF];
        hidden.copy_from_slice(&self.key.sign_parts(parts)[..PRF]);
        hidden
    }
}

/// The key of a version of what lies at `place`; 0 for the record without versions.
pub(crate) fn record_at(place: &[u8; PLACE], version: u64) -> StoredKey {
    let base = Stack::new().with(place);
    match version {
        0 => base,
        version => base.with(&[VERSIONS]).with(&version.to_be_bytes()),
    }
}

/// Whether the key is that of a record without versions, the only ones whose names are listed.
pub(crate) fn is_unversioned(key: &[u8]) -> bool {
    key.len() == PLACE
}

/// From where to go on after `key` without meeting versions of the same record.
pub(crate) fn past(key: &[u8]) -> StoredKey {
    Stack::new().with(&key[..PLACE.min(key.len())]).with(&[BEYOND])
}

/// The folder around a folder, and the name of its marker there; nothing is around the top.
pub(crate) fn parent(folder: &str) -> Option<(&str, &str)> {
    let inner = folder.strip_suffix('/')?;
    Some(folder.split_at(inner.rfind('/').map_or(0, |i| i + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_storage::Table;

    fn names(key: &HmacKey, view: u8) -> Names<'_> {
        Names { key, namespace: NamespaceId::ROOT, view: ViewId::fixed(view) }
    }

    #[test]
    fn a_folder_is_a_prefix_and_a_version_is_not_in_the_way() {
        let key = HmacKey::new(&[1; 32]);
        let names = names(&key, 3);
        let slot = Slot::at(Table::Heads, "a/b/c");
        let record = names.record(&slot);
        let version = names.record(&slot.version(258));
        assert!(record.as_slice().starts_with(names.folder("a/b/").as_slice()));
        assert!(is_unversioned(record.as_slice()) && !is_unversioned(version.as_slice()));
        assert!(version.as_slice().starts_with(names.versions(&slot).as_slice()));
        assert!(!record.as_slice().starts_with(names.versions(&slot).as_slice()));
        assert!(
            record.as_slice() < version.as_slice() && version.as_slice() < past(record.as_slice()).as_slice()
        );
        assert_eq!(&version.as_slice()[PLACE..], [1, 0, 0, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn equal_names_look_different_elsewhere() {
        let key = HmacKey::new(&[1; 32]);
        let slots = ["a", "A", "b/a", "a/", "a/a"].map(|path| Slot::at(Table::Heads, path));
        let mut seen = std::collections::HashSet::new();
        for view in [1, 2] {
            for slot in &slots {
                assert!(
                    seen.insert(names(&key, view).record(slot).as_slice()[FOLDER..].to_vec()),
                    "{slot:?}"
                );
            }
        }
    }

    #[test]
    fn every_folder_but_the_top_is_in_another() {
        let check = |folder, expected| assert_eq!(parent(folder), expected, "{folder}");
        check("", None);
        check("a/", Some(("", "a/")));
        check("a/b/", Some(("a/", "b/")));
        check("a//", Some(("a/", "/")));
        check("/", Some(("", "/")));
    }
}
