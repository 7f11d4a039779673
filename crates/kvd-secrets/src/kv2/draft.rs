//! A secret that is being changed inside a transaction.

use super::{
    entry::{Author, Authors, Deed, Deletion, Entry},
    head::{Head, HeadRef},
    layout,
    page::{Page, first_of, page_of},
    settings::Settings,
};
use kvd_storage::{ViewError, ViewTx};
use kvd_types::{Secret, Timestamp};
use std::collections::BTreeMap;

/// Most bodies that one transaction removes; a longer rest is left to the next ones, so that no write waits long
/// behind another that lowers the number of versions kept.
const SWEEP: u64 = 256;

/// The head of a secret and those of its pages that are looked at, until [`Draft::save`].
pub(super) struct Draft<'t> {
    tx: &'t mut dyn ViewTx,
    key: &'t str,
    head: Head,
    is_new: bool,
    is_changed: bool,
    pages: BTreeMap<u64, Page>,
}

/// What is to be said of a new version.
pub(super) struct Made<'a> {
    pub(super) at: Timestamp,
    pub(super) by: &'a Author,
    pub(super) deed: Deed,
}

impl<'t> Draft<'t> {
    /// The secret at `key`, if there is one.
    pub(super) fn open(tx: &'t mut dyn ViewTx, key: &'t str) -> Result<Option<Self>, ViewError> {
        let Some(record) = tx.get(layout::head(key))? else { return Ok(None) };
        let head = HeadRef::parse(record.plain.expose())?.to_owned()?;
        Ok(Some(Self { tx, key, head, is_new: false, is_changed: false, pages: BTreeMap::new() }))
    }

    /// The secret at `key`, or a new one.
    pub(super) fn open_or_new(
        tx: &'t mut dyn ViewTx,
        key: &'t str,
        now: Timestamp,
    ) -> Result<Self, ViewError> {
        let (head, is_new) = match tx.get(layout::head(key))? {
            Some(record) => (HeadRef::parse(record.plain.expose())?.to_owned()?, false),
            None => (Head::new(now), true),
        };
        Ok(Self { tx, key, head, is_new, is_changed: is_new, pages: BTreeMap::new() })
    }

    /// The head as it is.
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// The head, to change it.
    pub(super) fn head_mut(&mut self) -> &mut Head {
        self.is_changed = true;
        &mut self.head
    }

    /// Whether the secret comes into being with this transaction.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// The body of a version.
    pub(super) fn body(&mut self, entry: &Entry, number: u64) -> Result<Secret<Vec<u8>>, ViewError> {
        match self.tx.get(layout::body(self.key, number))? {
            Some(record) if record.stamp == entry.body => Ok(record.plain),
            Some(_) | None => Err(super::look::not_its_body()),
        }
    }

    /// Adds a version, and removes those that are too many then.
    pub(super) fn append(
        &mut self,
        body: &[u8],
        made: &Made<'_>,
        settings: &Settings,
    ) -> Result<Entry, ViewError> {
        self.is_changed = true;
        let number = self.head.facts.current.saturating_add(1);
        let stamp = self.tx.put(layout::body(self.key, number), body)?;
        let due = settings.deletion_of(self.head.facts.delete_version_after_seconds, made.at);
        let mark = self.head.authors.mark(made.by, made.deed);
        let entry = Entry {
            created: made.at,
            deletion: due.map_or(Deletion::None, Deletion::Due),
            destroyed: false,
            body: stamp,
            created_by: mark,
            deleted_by: None,
        };
        self.head.entries.push(entry);
        self.head.facts.current = number;
        self.head.facts.updated = made.at;
        self.head.facts.updated_by = mark;
        self.prune(settings.versions_kept(self.head.facts.max_versions));
        self.split()?;
        Ok(entry)
    }

    /// Deletes a version that is neither deleted nor destroyed yet.
    pub(super) fn hide(&mut self, number: u64, by: &Author, now: Timestamp) -> Result<(), ViewError> {
        self.change(number, |entry, authors| {
            if entry.is_hidden(now) {
                return false;
            }
            entry.deletion = Deletion::Done(now);
            entry.deleted_by = authors.mark(by, Deed::Delete);
            true
        })
        .map(|_| ())
    }

    /// Brings a version back that is not destroyed; it deletes itself at `due`.
    pub(super) fn restore(&mut self, number: u64, due: Option<Timestamp>) -> Result<(), ViewError> {
        self.change(number, |entry, _| {
            if entry.destroyed {
                return false;
            }
            entry.deletion = due.map_or(Deletion::None, Deletion::Due);
            entry.deleted_by = None;
            true
        })
        .map(|_| ())
    }

    /// Removes the body of a version for good.
    pub(super) fn destroy(&mut self, number: u64) -> Result<(), ViewError> {
        if self.change(number, |entry, _| !std::mem::replace(&mut entry.destroyed, true))? {
            self.tx.delete(layout::body(self.key, number));
        }
        Ok(())
    }

    /// Writes what has changed; says whether bodies of removed versions are left for another transaction.
    pub(super) fn save(mut self) -> Result<bool, ViewError> {
        if !self.is_changed {
            return Ok(false);
        }
        for (number, page) in &mut self.pages {
            page.authors
                .keep_only(page.entries.iter_mut().flat_map(|e| [&mut e.created_by, &mut e.deleted_by]));
            let stamp = self.tx.put(layout::page(self.key, *number), &page.encode())?;
            match self.head.page_stamp_mut(*number) {
                Some(place) => *place = stamp,
                None => self.head.pages.push(stamp),
            }
        }
        self.sweep();
        self.head.tidy_authors();
        let slot = layout::head(self.key);
        self.tx.put(slot, &self.head.encode())?;
        if self.is_new {
            self.tx.link(slot)?;
        }
        Ok(self.head.facts.swept < self.head.facts.oldest)
    }

    /// Removes the secret with everything that belongs to it.
    pub(super) fn delete(self) -> Result<(), ViewError> {
        let head = layout::head(self.key);
        self.tx.delete_versions(layout::body(self.key, 0));
        self.tx.delete_versions(head);
        self.tx.delete(head);
        self.tx.unlink(head)
    }

    /// Lets go of the oldest versions when there are more than `kept`.
    ///
    /// `oldest` stays 0 until that happens for the first time, as clients expect.
    fn prune(&mut self, kept: u64) {
        let facts = &mut self.head.facts;
        if facts.current.saturating_sub(facts.oldest) < kept {
            return;
        }
        let page_before = page_of(facts.first_kept());
        facts.oldest = facts.current.saturating_sub(kept).saturating_add(1);
        let pages_gone = page_of(facts.oldest).saturating_sub(page_before);
        for page in page_before..page_before.saturating_add(pages_gone) {
            if first_of(page) < facts.first {
                self.tx.delete(layout::page(self.key, page));
                self.pages.remove(&page);
            }
        }
        drop_front(&mut self.head.pages, pages_gone);
        if let Some(gone) = facts.oldest.checked_sub(facts.first) {
            drop_front(&mut self.head.entries, gone);
            facts.first = facts.first.max(facts.oldest);
        }
    }

    /// Removes bodies of versions that are gone.
    fn sweep(&mut self) {
        let facts = &mut self.head.facts;
        let end = facts.oldest.min(facts.swept.saturating_add(SWEEP));
        for number in facts.swept..end {
            self.tx.delete(layout::body(self.key, number));
        }
        facts.swept = facts.swept.max(end);
    }

    /// Moves the older page out of the head whenever the newer one is full.
    fn split(&mut self) -> Result<(), ViewError> {
        let facts = &mut self.head.facts;
        let newer = page_of(facts.current);
        let is_full = page_of(facts.current.saturating_add(1)) != newer;
        if !is_full || facts.first >= first_of(newer) {
            return Ok(());
        }
        let moving = usize::try_from(first_of(newer) - facts.first).unwrap_or(usize::MAX);
        let rest = self.head.entries.split_off(moving.min(self.head.entries.len()));
        let page = Page {
            first: facts.first,
            entries: std::mem::replace(&mut self.head.entries, rest),
            authors: self.head.authors.clone(),
        };
        facts.first = first_of(newer);
        self.pages.insert(newer.saturating_sub(1), page);
        Ok(())
    }

    /// Changes the entry of a version, if there is one; `change` says whether it did.
    fn change(
        &mut self,
        number: u64,
        change: impl FnOnce(&mut Entry, &mut Authors) -> bool,
    ) -> Result<bool, ViewError> {
        if number < self.head.facts.first_kept() || number > self.head.facts.current {
            return Ok(false);
        }
        let changed = match self.head.place_in_entries(number) {
            Some(at) => change(&mut self.head.entries[at], &mut self.head.authors),
            None => {
                let page = self.page(page_of(number))?;
                match page.place(number) {
                    Some(at) => change(&mut page.entries[at], &mut page.authors),
                    None => false,
                }
            }
        };
        self.is_changed |= changed;
        Ok(changed)
    }

    fn page(&mut self, number: u64) -> Result<&mut Page, ViewError> {
        use std::collections::btree_map::Entry as Place;
        match self.pages.entry(number) {
            Place::Occupied(page) => Ok(page.into_mut()),
            Place::Vacant(place) => {
                let stamp = self.head.page_stamp_mut(number).copied();
                match self.tx.get(layout::page(self.key, number))? {
                    Some(record) if Some(record.stamp) == stamp => {
                        Ok(place.insert(Page::decode(record.plain.expose())?))
                    }
                    Some(_) | None => Err(super::look::not_its_page()),
                }
            }
        }
    }
}

fn drop_front<T>(list: &mut Vec<T>, count: u64) {
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(list.len());
    list.drain(..count);
}
