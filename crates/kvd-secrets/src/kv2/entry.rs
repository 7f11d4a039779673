//! What is kept of one version beside its body, and who did it.

use crate::codec::{Reader, push_text};
use kvd_backend::Caller;
use kvd_storage::{Stamp, ViewError};
use kvd_types::Timestamp;

/// Bytes of an encoded entry: the same for all, so that any one of a list is found without decoding the others.
pub(super) const ENTRY_BYTES: usize = 29;

/// One version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) created: Timestamp,
    pub(super) deletion: Deletion,
    pub(super) destroyed: bool,
    /// Tells the version's body from one that lay in its place at another time.
    pub(super) body: Stamp,
    pub(super) created_by: Option<Mark>,
    pub(super) deleted_by: Option<Mark>,
}

/// Whether and when a version is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deletion {
    /// Not at all.
    None,
    /// By itself, when the time comes.
    Due(Timestamp),
    /// By somebody, at that time; whatever the clock says since.
    Done(Timestamp),
}

impl Deletion {
    /// The time that clients are shown.
    pub(super) fn time(self) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::Due(time) | Self::Done(time) => Some(time),
        }
    }

    /// Whether it has come about.
    pub(super) fn has_come(self, now: Timestamp) -> bool {
        match self {
            Self::None => false,
            Self::Due(time) => time <= now,
            Self::Done(_) => true,
        }
    }
}

impl Entry {
    /// Whether the version can be read no more.
    pub(super) fn is_hidden(&self, now: Timestamp) -> bool {
        self.destroyed || self.deletion.has_come(now)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let (kind, time) = match self.deletion {
            Deletion::None => (0, 0),
            Deletion::Due(time) => (1, time.nanos()),
            Deletion::Done(time) => (2, time.nanos()),
        };
        out.extend_from_slice(&self.created.nanos().to_le_bytes());
        out.extend_from_slice(&time.to_le_bytes());
        out.extend_from_slice(&self.body.0);
        out.push(kind << 1 | u8::from(self.destroyed));
        out.extend_from_slice(&Mark::encode(self.created_by));
        out.extend_from_slice(&Mark::encode(self.deleted_by));
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, ViewError> {
        let mut r = Reader::new(bytes, "a version of a secret");
        let created = Timestamp::from_nanos(r.i64()?);
        let time = Timestamp::from_nanos(r.i64()?);
        let body = Stamp(r.array()?);
        let flags = r.u8()?;
        let deletion = match flags >> 1 {
            0 => Deletion::None,
            1 => Deletion::Due(time),
            2 => Deletion::Done(time),
            _ => return Err(r.malformed()),
        };
        let created_by = Mark::decode(&mut r)?;
        let deleted_by = Mark::decode(&mut r)?;
        r.end()?;
        Ok(Self { created, deletion, destroyed: flags & 1 == 1, body, created_by, deleted_by })
    }
}

/// What somebody did to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Create,
    Update,
    Patch,
    Delete,
}

impl Deed {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// Who did something: a place in [`Authors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) author: u8,
    pub(super) deed: Deed,
}

impl Mark {
    pub(super) fn encode(mark: Option<Self>) -> [u8; 2] {
        let Some(mark) = mark else { return [0, 0] };
        let deed = match mark.deed {
            Deed::Create => 1,
            Deed::Update => 2,
            Deed::Patch => 3,
            Deed::Delete => 4,
        };
        [deed, mark.author]
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, ViewError> {
        let [deed, author] = r.array()?;
        let deed = match deed {
            0 => return Ok(None),
            1 => Deed::Create,
            2 => Deed::Update,
            3 => Deed::Patch,
            4 => Deed::Delete,
            _ => return Err(r.malformed()),
        };
        Ok(Some(Self { author, deed }))
    }
}

/// Somebody who wrote or deleted a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Author {
    /// The token's name for people.
    pub(super) name: String,
    /// The entity; empty when there is none.
    pub(super) entity: String,
}

impl From<&Caller> for Author {
    fn from(caller: &Caller) -> Self {
        Self { name: caller.display_name.clone(), entity: caller.entity_id.clone() }
    }
}

/// The authors of a list of versions, each of them once: a secret that is always written by the same program
/// takes two bytes a version for that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Authors(Vec<Author>);

impl Authors {
    /// A mark for what `author` did; none when 256 others have done something already.
    pub(super) fn mark(&mut self, author: &Author, deed: Deed) -> Option<Mark> {
        let place = self.0.iter().position(|a| a == author).unwrap_or_else(|| {
            self.0.push(author.clone());
            self.0.len() - 1
        });
        let Ok(author) = u8::try_from(place) else {
            self.0.truncate(256);
            return None;
        };
        Some(Mark { author, deed })
    }

    /// Who it was.
    pub(super) fn get(&self, mark: Mark) -> Option<&Author> {
        self.0.get(usize::from(mark.author))
    }

    /// Forgets those whom none of `marks` names, and renumbers the marks.
    pub(super) fn keep_only<'m>(&mut self, marks: impl Iterator<Item = &'m mut Option<Mark>>) {
        let mut kept = Self::default();
        for mark in marks {
            *mark = mark.and_then(|m| kept.mark(self.get(m)?, m.deed));
        }
        *self = kept;
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&u16::try_from(self.0.len()).unwrap_or(u16::MAX).to_le_bytes());
        for author in &self.0 {
            push_text(out, &author.name);
            push_text(out, &author.entity);
        }
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self, ViewError> {
        let count = r.u16()?;
        let mut authors = Vec::new();
        for _ in 0..count {
            authors.push(Author { name: r.text()?.to_owned(), entity: r.text()?.to_owned() });
        }
        Ok(Self(authors))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::kv2) fn any_deed() -> impl Strategy<Value = Deed> {
        prop_oneof![Just(Deed::Create), Just(Deed::Update), Just(Deed::Patch), Just(Deed::Delete)]
    }

    pub(in crate::kv2) fn any_mark() -> impl Strategy<Value = Option<Mark>> {
        proptest::option::of((any::<u8>(), any_deed()).prop_map(|(author, deed)| Mark { author, deed }))
    }

    fn any_deletion() -> impl Strategy<Value = Deletion> {
        let time = any::<i64>().prop_map(Timestamp::from_nanos);
        prop_oneof![Just(Deletion::None), time.clone().prop_map(Deletion::Due), time.prop_map(Deletion::Done)]
    }

    pub(in crate::kv2) fn any_entry() -> impl Strategy<Value = Entry> {
        (any::<i64>(), any_deletion(), any::<bool>(), any::<[u8; 8]>(), any_mark(), any_mark()).prop_map(
            |(created, deletion, destroyed, body, created_by, deleted_by)| Entry {
                created: Timestamp::from_nanos(created),
                deletion,
                destroyed,
                body: Stamp(body),
                created_by,
                deleted_by,
            },
        )
    }

    proptest! {
        #[test]
        fn an_entry_comes_back_as_it_was(entry in any_entry()) {
            let mut out = Vec::new();
            entry.encode(&mut out);
            prop_assert_eq!(out.len(), ENTRY_BYTES);
            prop_assert_eq!(Entry::decode(&out).unwrap(), entry);
        }

        #[test]
        fn bytes_that_are_no_entry_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(entry) = Entry::decode(&bytes) {
                let mut out = Vec::new();
                entry.encode(&mut out);
                prop_assert_eq!(Entry::decode(&out).unwrap(), entry);
            }
        }
    }

    #[test]
    fn a_deletion_by_somebody_does_not_wait_for_the_clock() {
        let (early, late) = (Timestamp::from_seconds(1), Timestamp::from_seconds(2));
        for (deletion, now, want) in [
            (Deletion::None, late, false),
            (Deletion::Due(late), early, false),
            (Deletion::Due(late), late, true),
            (Deletion::Done(late), early, true),
        ] {
            assert_eq!(deletion.has_come(now), want, "{deletion:?} at {now}");
        }
    }

    #[test]
    fn authors_are_kept_once_and_forgotten_when_nobody_names_them() {
        let author = |name: &str| Author { name: name.to_owned(), entity: String::new() };
        let mut authors = Authors::default();
        let a = authors.mark(&author("a"), Deed::Create);
        let b = authors.mark(&author("b"), Deed::Update);
        assert_eq!(authors.mark(&author("a"), Deed::Create), a);
        let mut marks = [b, None];
        authors.keep_only(marks.iter_mut());
        assert_eq!(authors.0, [author("b")]);
        assert_eq!(marks[0].and_then(|m| authors.get(m)), Some(&author("b")));
    }

    #[test]
    fn the_257th_author_is_not_named() {
        let mut authors = Authors::default();
        for i in 0..256 {
            assert!(
                authors.mark(&Author { name: i.to_string(), entity: String::new() }, Deed::Create).is_some()
            );
        }
        assert_eq!(
            authors.mark(&Author { name: "late".to_owned(), entity: String::new() }, Deed::Create),
            None
        );
        assert!(
            authors.mark(&Author { name: "255".to_owned(), entity: String::new() }, Deed::Create).is_some()
        );
    }
}
