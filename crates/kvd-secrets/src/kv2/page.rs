//! A page of older versions, moved out of a secret's head.

use super::entry::{Authors, ENTRY_BYTES, Entry};
use crate::codec::Reader;
use kvd_storage::ViewError;

/// How many versions a page covers.
pub(super) const PAGE: u64 = 64;

/// First byte of a page record.
const PAGE_FORMAT: u8 = 1;

/// The page that version `number` belongs to; version 1 opens page 0.
pub(super) const fn page_of(number: u64) -> u64 {
    number.saturating_sub(1) / PAGE
}

/// The first version of a page.
pub(super) const fn first_of(page: u64) -> u64 {
    page.saturating_mul(PAGE).saturating_add(1)
}

/// A page taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The number of the first version in it: its page's first one, or a later one where the others were gone
    /// when it was made.
    pub(super) first: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) authors: Authors,
}

impl Page {
    /// The place of version `number` in `entries`.
    pub(super) fn place(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok().filter(|at| *at < self.entries.len())
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.entries.len() * ENTRY_BYTES);
        out.push(PAGE_FORMAT);
        out.extend_from_slice(&self.first.to_le_bytes());
        out.extend_from_slice(&u16::try_from(self.entries.len()).unwrap_or(u16::MAX).to_le_bytes());
        self.entries.iter().for_each(|entry| entry.encode(&mut out));
        self.authors.encode(&mut out);
        out
    }

    pub(super) fn decode(record: &[u8]) -> Result<Self, ViewError> {
        let mut r = Reader::new(record, "a page of versions");
        if r.u8()? != PAGE_FORMAT {
            return Err(r.malformed());
        }
        let first = r.u64()?;
        let count = usize::from(r.u16()?);
        let entries = r
            .bytes(count * ENTRY_BYTES)?
            .chunks_exact(ENTRY_BYTES)
            .map(Entry::decode)
            .collect::<Result<_, _>>()?;
        let authors = Authors::decode(&mut r)?;
        r.end()?;
        Ok(Self { first, entries, authors })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::entry::tests::any_entry, *};
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn a_page_comes_back_as_it_was(first in any::<u64>(), entries in vec(any_entry(), 0..65)) {
            let page = Page { first, entries, authors: Authors::default() };
            prop_assert_eq!(Page::decode(&page.encode()).unwrap(), page);
        }
    }

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        for (number, page) in [(1, 0), (64, 0), (65, 1), (128, 1), (129, 2)] {
            assert_eq!(page_of(number), page, "{number}");
        }
        assert_eq!((first_of(0), first_of(1)), (1, 65));
    }
}
