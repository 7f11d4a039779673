//! The head record of a secret: everything about it but the bodies of its versions.
//!
//! The list of versions would make a head grow without end, so only the newest ones stand in it. Whenever a page
//! of [`PAGE`](super::page::PAGE) versions is full, the page before it moves into a record of its own; the head keeps eight bytes of
//! it. Reading or writing the newest version so costs the same with two versions and with thousands.

use super::{
    entry::{Authors, ENTRY_BYTES, Entry, Mark},
    page::page_of,
};
use crate::codec::{Reader, push_text};
use kvd_storage::{Stamp, ViewError};
use kvd_types::Timestamp;

/// First byte of a head record. 1 is the head of a version 1 value, which an upgrade turns into one of these.
pub(crate) const HEAD_FORMAT: u8 = 2;

/// The parts of a head that are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// The number of the newest version; 0 when there has never been one.
    pub(super) current: u64,
    /// The number of the oldest version kept; 0 until one had to go for the first time.
    pub(super) oldest: u64,
    /// Bodies of versions below this number are removed.
    pub(super) swept: u64,
    /// Counts writes of metadata.
    pub(super) metadata_version: u64,
    /// How many versions are kept; 0 when the mount shall say so.
    pub(super) max_versions: u32,
    pub(super) cas_required: bool,
    pub(super) metadata_cas_required: bool,
    /// After how many seconds new versions delete themselves; 0 for never.
    pub(super) delete_version_after_seconds: u64,
    pub(super) updated_by: Option<Mark>,
    /// The number of the first version whose entry stands in the head itself.
    pub(super) first: u64,
}

impl Facts {
    /// The number of the oldest version that there is.
    pub(super) fn first_kept(&self) -> u64 {
        self.oldest.max(1)
    }
}

/// A head that is read where it lies, without taking it apart.
pub(super) struct HeadRef<'a> {
    pub(super) facts: Facts,
    /// The object of custom metadata as canonical JSON; none when there is none.
    pub(super) custom: Option<&'a str>,
    entries: &'a [u8],
    pages: &'a [u8],
    authors: &'a [u8],
}

/// Where the entry of a version is.
pub(super) enum Place {
    /// In the head.
    Here(Entry),
    /// In the page with this number, which carries this stamp.
    Page(u64, Stamp),
    /// Nowhere: there is no such version, or no more.
    Nowhere,
}

impl<'a> HeadRef<'a> {
    /// Looks at a head record.
    pub(super) fn parse(record: &'a [u8]) -> Result<Self, ViewError> {
        let mut r = Reader::new(record, "a secret's head");
        if r.u8()? != HEAD_FORMAT {
            return Err(r.malformed());
        }
        let flags = r.u8()?;
        let facts = Facts {
            created: Timestamp::from_nanos(r.i64()?),
            updated: Timestamp::from_nanos(r.i64()?),
            current: r.u64()?,
            oldest: r.u64()?,
            swept: r.u64()?,
            metadata_version: r.u64()?,
            max_versions: r.u32()?,
            cas_required: flags & 1 != 0,
            metadata_cas_required: flags & 2 != 0,
            delete_version_after_seconds: r.u64()?,
            updated_by: Mark::decode(&mut r)?,
            first: r.u64()?,
        };
        let custom = Some(r.text()?).filter(|text| !text.is_empty());
        let count = usize::from(r.u16()?);
        let entries = r.bytes(count * ENTRY_BYTES)?;
        let page_count = usize::try_from(r.u32()?).map_err(|_| r.malformed())?;
        let pages = r.bytes(page_count.saturating_mul(8))?;
        let counted = u64::try_from(count).ok().and_then(|n| facts.first.checked_add(n));
        if facts.first == 0 || counted != facts.current.checked_add(1) {
            return Err(r.malformed());
        }
        Ok(Self { facts, custom, entries, pages, authors: r.rest() })
    }

    /// Where the entry of version `number` is.
    pub(super) fn place(&self, number: u64) -> Result<Place, ViewError> {
        let facts = &self.facts;
        if number < facts.first_kept() || number > facts.current {
            return Ok(Place::Nowhere);
        }
        if number >= facts.first {
            let at = usize::try_from(number - facts.first).unwrap_or(usize::MAX).saturating_mul(ENTRY_BYTES);
            let bytes = self.entries.get(at..).and_then(|rest| rest.get(..ENTRY_BYTES)).unwrap_or_default();
            return Entry::decode(bytes).map(Place::Here);
        }
        let page = page_of(number);
        let before = page.saturating_sub(page_of(facts.first_kept()));
        let at = usize::try_from(before).unwrap_or(usize::MAX).saturating_mul(8);
        match self.pages.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(stamp) => Ok(Place::Page(page, Stamp(*stamp))),
            None => Err(ViewError::Malformed { what: "a secret's head" }),
        }
    }

    /// Takes the head apart, to change it.
    pub(super) fn to_owned(&self) -> Result<Head, ViewError> {
        let entries = self.entries.chunks_exact(ENTRY_BYTES).map(Entry::decode).collect::<Result<_, _>>()?;
        Ok(Head {
            facts: self.facts,
            custom: self.custom.map(str::to_owned),
            entries,
            pages: self.pages.chunks_exact(8).filter_map(|s| s.first_chunk().copied()).map(Stamp).collect(),
            authors: self.authors()?,
        })
    }

    /// Who wrote and deleted the versions of the head.
    pub(super) fn authors(&self) -> Result<Authors, ViewError> {
        let mut r = Reader::new(self.authors, "a secret's head");
        let authors = Authors::decode(&mut r)?;
        r.end()?;
        Ok(authors)
    }
}

/// A head taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) facts: Facts,
    pub(super) custom: Option<String>,
    /// Versions `facts.first ..= facts.current`.
    pub(super) entries: Vec<Entry>,
    /// The stamps of the pages from that of the oldest version on.
    pub(super) pages: Vec<Stamp>,
    pub(super) authors: Authors,
}

impl Head {
    /// A secret without a version.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            facts: Facts {
                created: now,
                updated: now,
                current: 0,
                oldest: 0,
                swept: 1,
                metadata_version: 0,
                max_versions: 0,
                cas_required: false,
                metadata_cas_required: false,
                delete_version_after_seconds: 0,
                updated_by: None,
                first: 1,
            },
            custom: None,
            entries: Vec::new(),
            pages: Vec::new(),
            authors: Authors::default(),
        }
    }

    /// The entry of version `number`, if it stands in the head.
    pub(super) fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(self.place_in_entries(number)?)
    }

    /// Where in `entries` version `number` stands.
    pub(super) fn place_in_entries(&self, number: u64) -> Option<usize> {
        let place = usize::try_from(number.checked_sub(self.facts.first)?).ok()?;
        (place < self.entries.len()).then_some(place)
    }

    /// The stamp of a page.
    pub(super) fn page_stamp_mut(&mut self, page: u64) -> Option<&mut Stamp> {
        let place = page.checked_sub(page_of(self.facts.first_kept()))?;
        self.pages.get_mut(usize::try_from(place).ok()?)
    }

    /// The record.
    pub(super) fn encode(&self) -> Vec<u8> {
        let f = &self.facts;
        let mut out = Vec::with_capacity(160 + self.entries.len() * ENTRY_BYTES + self.pages.len() * 8);
        out.push(HEAD_FORMAT);
        out.push(u8::from(f.cas_required) | u8::from(f.metadata_cas_required) << 1);
        out.extend_from_slice(&f.created.nanos().to_le_bytes());
        out.extend_from_slice(&f.updated.nanos().to_le_bytes());
        out.extend_from_slice(&f.current.to_le_bytes());
        out.extend_from_slice(&f.oldest.to_le_bytes());
        out.extend_from_slice(&f.swept.to_le_bytes());
        out.extend_from_slice(&f.metadata_version.to_le_bytes());
        out.extend_from_slice(&f.max_versions.to_le_bytes());
        out.extend_from_slice(&f.delete_version_after_seconds.to_le_bytes());
        out.extend_from_slice(&Mark::encode(f.updated_by));
        out.extend_from_slice(&f.first.to_le_bytes());
        push_text(&mut out, self.custom.as_deref().unwrap_or_default());
        out.extend_from_slice(&u16::try_from(self.entries.len()).unwrap_or(u16::MAX).to_le_bytes());
        self.entries.iter().for_each(|entry| entry.encode(&mut out));
        out.extend_from_slice(&u32::try_from(self.pages.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.pages.iter().for_each(|stamp| out.extend_from_slice(&stamp.0));
        self.authors.encode(&mut out);
        out
    }

    /// Forgets authors whom nothing in the head names any more.
    pub(super) fn tidy_authors(&mut self) {
        let marks = self.entries.iter_mut().flat_map(|e| [&mut e.created_by, &mut e.deleted_by]);
        self.authors.keep_only(marks.chain([&mut self.facts.updated_by]));
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::entry::tests::{any_entry, any_mark},
        *,
    };
    use proptest::{collection::vec, prelude::*};

    fn any_head() -> impl Strategy<Value = Head> {
        let numbers = (1..u64::MAX / 2, any::<u64>(), any::<u64>(), any::<u64>(), any::<u32>(), any::<u64>());
        let small =
            (any::<(i64, i64, bool, bool)>(), any_mark(), proptest::option::of("\\{[a-z\":]{1,40}\\}"));
        (numbers, small, vec(any_entry(), 0..130), vec(any::<[u8; 8]>(), 0..20)).prop_map(
            |(
                (first, oldest, swept, meta, max, after),
                ((c, u, cas, mcas), updated_by, custom),
                entries,
                pages,
            )| {
                Head {
                    facts: Facts {
                        created: Timestamp::from_nanos(c),
                        updated: Timestamp::from_nanos(u),
                        current: first + entries.len() as u64 - 1,
                        oldest,
                        swept,
                        metadata_version: meta,
                        max_versions: max,
                        cas_required: cas,
                        metadata_cas_required: mcas,
                        delete_version_after_seconds: after,
                        updated_by,
                        first,
                    },
                    custom,
                    entries,
                    pages: pages.into_iter().map(Stamp).collect(),
                    authors: Authors::default(),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn a_head_comes_back_as_it_was(head in any_head()) {
            prop_assert_eq!(HeadRef::parse(&head.encode()).unwrap().to_owned().unwrap(), head);
        }

        #[test]
        fn a_head_cut_short_is_refused(head in any_head(), cut in 0.0..1.0_f64) {
            let record = head.encode();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a test")]
            let end = (record.len() as f64 * cut) as usize;
            prop_assert!(HeadRef::parse(&record[..end]).and_then(|h| h.to_owned()).is_err());
        }

        #[test]
        fn bytes_that_are_no_head_are_refused_without_a_panic(mut bytes in vec(any::<u8>(), 0..300)) {
            if let Some(first) = bytes.first_mut() {
                *first = HEAD_FORMAT;
            }
            if let Ok(head) = HeadRef::parse(&bytes) {
                let _ = head.to_owned();
                let _ = head.place(head.facts.current);
            }
        }
    }

    #[test]
    fn a_head_of_one_version_is_small() {
        let mut head = Head::new(Timestamp::EPOCH);
        head.facts.current = 1;
        head.entries.push(Entry {
            created: Timestamp::EPOCH,
            deletion: super::super::entry::Deletion::None,
            destroyed: false,
            body: Stamp([0; 8]),
            created_by: None,
            deleted_by: None,
        });
        assert!(head.encode().len() < 150, "{}", head.encode().len());
    }
}
