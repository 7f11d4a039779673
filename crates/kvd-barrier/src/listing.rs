//! The names in a folder: gathered page by page from the scan of its prefix, in whatever order keys have.

use crate::names::{StoredKey, is_unversioned, past};
use bytes::Bytes;
use kvd_storage::{Listing, Opened, Page, ViewError};
use std::collections::BinaryHeap;

/// How many records are read at a time.
pub(crate) const SCAN: usize = 256;

/// What a scan gave.
pub(crate) type Rows = [(Bytes, Bytes)];

/// Hands the records without versions to `take`, and tells after which key to scan on, if there may be more.
pub(crate) fn each(
    rows: &Rows,
    asked: usize,
    mut take: impl FnMut(&Bytes, &Bytes) -> Result<(), ViewError>,
) -> Result<Option<StoredKey>, ViewError> {
    for (key, value) in rows {
        if is_unversioned(key) {
            take(key, value)?;
        }
    }
    let last = rows.last().filter(|_| rows.len() >= asked);
    // A record's versions follow it; they may be many, so the scan jumps over them when it met some.
    Ok(last.map(|(key, _)| if is_unversioned(key) { StoredKey::new().with(key) } else { past(key) }))
}

/// Collects the first names of a page; names come in any order.
pub(crate) struct Names<'a> {
    page: Page<'a>,
    kept: BinaryHeap<String>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(page: Page<'a>) -> Self {
        Self { page, kept: BinaryHeap::new() }
    }

    pub(crate) fn add(&mut self, name: String) {
        if self.page.after.is_some_and(|after| name.as_str() <= after) {
            return;
        }
        self.kept.push(name);
        if self.page.limit.is_some_and(|limit| self.kept.len() > limit) {
            self.kept.pop();
        }
    }

    pub(crate) fn sorted(self) -> Listing {
        self.kept.into_sorted_vec()
    }
}

/// Names with their records, sorted.
pub(crate) fn sorted(mut records: Vec<(String, Opened)>) -> Vec<(String, Opened)> {
    records.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    records
}
