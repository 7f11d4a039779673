//! One consistent look at a version of a secret.

use super::{
    entry::{Authors, Entry},
    head::{HeadRef, Place},
    layout,
    newest::Newest,
    page::Page,
    show,
};
use crate::fetch::fetch;
use kvd_json::Writer;
use kvd_storage::{Opened, Peek, Table, View, ViewError};
use kvd_types::Timestamp;
use std::sync::Arc;

/// How often a look begins anew when records change under it before they are held to be damaged. Each time
/// another writer has to replace the whole secret between two reads.
const ATTEMPTS: usize = 16;

/// A version, with its body unless it is deleted or destroyed.
pub(super) struct Version {
    source: Source,
    number: u64,
    pub(super) entry: Entry,
    pub(super) body: Option<Opened>,
}

/// What a version was found by.
enum Source {
    Head(Opened),
    Note(Arc<Newest>),
}

impl Version {
    /// Writes the object that describes it.
    pub(super) fn describe(&self, w: &mut Writer) -> Result<(), ViewError> {
        match &self.source {
            Source::Note(newest) => w.raw(newest.description.value()),
            Source::Head(head) => {
                let custom = HeadRef::parse(head.plain.expose())?.custom;
                w.begin_object();
                show::version(w, self.number, &self.entry, custom);
                w.end_object();
            }
        }
        Ok(())
    }
}

/// Version `wanted` of the secret at `key`, or its newest one.
///
/// Head, page and body are separate records. A writer may replace them between two reads; their stamps tell, and
/// the look begins anew.
pub(super) async fn version(
    view: &dyn View,
    key: &str,
    wanted: Option<u64>,
    now: Timestamp,
) -> Result<Option<Version>, ViewError> {
    if let Some(version) = noted(view, key, wanted, now)? {
        return Ok(Some(version));
    }
    let mut error = None;
    for _ in 0..ATTEMPTS {
        let Some(head) = fetch(view, layout::head(key)).await? else { return Ok(None) };
        let parsed = HeadRef::parse(head.plain.expose())?;
        let number = wanted.unwrap_or(parsed.facts.current);
        let entry = match parsed.place(number)? {
            Place::Nowhere => return Ok(None),
            Place::Here(entry) => {
                if let Some(newest) = Newest::of(&parsed, number, entry) {
                    view.set_note(layout::head(key), head.stamp, Arc::new(newest));
                }
                entry
            }
            Place::Page(page, stamp) => match fetch(view, layout::page(key, page)).await? {
                Some(record) if record.stamp == stamp => {
                    let page = Page::decode(record.plain.expose())?;
                    match page.place(number).and_then(|at| page.entries.get(at)) {
                        Some(entry) => *entry,
                        None => return Err(not_its_page()),
                    }
                }
                Some(_) | None => {
                    error = Some(not_its_page());
                    continue;
                }
            },
        };
        if entry.is_hidden(now) {
            return Ok(Some(Version { source: Source::Head(head), number, entry, body: None }));
        }
        match fetch(view, layout::body(key, number)).await? {
            Some(body) if body.stamp == entry.body => {
                return Ok(Some(Version { source: Source::Head(head), number, entry, body: Some(body) }));
            }
            Some(_) | None => error = Some(not_its_body()),
        }
    }
    error.map_or(Ok(None), Err)
}

/// The newest version by what is noted of its head, as long as both are in memory; it opens the body and nothing else.
fn noted(
    view: &dyn View,
    key: &str,
    wanted: Option<u64>,
    now: Timestamp,
) -> Result<Option<Version>, ViewError> {
    let newest = view.note(layout::head(key))?.and_then(|note| note.downcast::<Newest>().ok());
    let Some(newest) = newest.filter(|newest| wanted.is_none_or(|number| number == newest.number)) else {
        return Ok(None);
    };
    let (number, entry) = (newest.number, newest.entry);
    let body = match entry.is_hidden(now) {
        true => None,
        false => match view.peek(layout::body(key, number))? {
            Peek::Known(Some(body)) if body.stamp == entry.body => Some(body),
            // The secret may have been replaced since; the long way finds out.
            Peek::Known(_) | Peek::OnDisk => return Ok(None),
        },
    };
    Ok(Some(Version { source: Source::Note(newest), number, entry, body }))
}

/// All versions of a secret.
pub(super) struct History {
    head: Opened,
    /// In the order of their numbers, page by page.
    pub(super) parts: Vec<Part>,
}

/// Versions that share a list of authors.
pub(super) struct Part {
    pub(super) first: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) authors: Authors,
}

impl History {
    /// The head that it was found by.
    pub(super) fn head(&self) -> Result<HeadRef<'_>, ViewError> {
        HeadRef::parse(self.head.plain.expose())
    }
}

/// All versions of the secret at `key`.
pub(super) async fn history(view: &dyn View, key: &str) -> Result<Option<History>, ViewError> {
    'attempt: for _ in 0..ATTEMPTS {
        let Some(opened) = fetch(view, layout::head(key)).await? else { return Ok(None) };
        let parsed = HeadRef::parse(opened.plain.expose())?;
        let mut parts = Vec::new();
        let mut next = parsed.facts.first_kept();
        while next < parsed.facts.first {
            let Place::Page(number, stamp) = parsed.place(next)? else { return Err(not_its_page()) };
            match fetch(view, layout::page(key, number)).await? {
                Some(record) if record.stamp == stamp => {
                    let mut page = Page::decode(record.plain.expose())?;
                    let place = page.place(next).ok_or_else(not_its_page)?;
                    let entries = page.entries.split_off(place);
                    let first = next;
                    next = next.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
                    parts.push(Part { first, entries, authors: page.authors });
                }
                Some(_) | None => continue 'attempt,
            }
        }
        let head = parsed.to_owned()?;
        parts.push(Part { first: head.facts.first, entries: head.entries, authors: head.authors });
        return Ok(Some(History { head: opened, parts }));
    }
    Err(not_its_page())
}

/// The error of a body that is not the one its head names.
pub(super) fn not_its_body() -> ViewError {
    ViewError::Tampered { table: Table::Bodies, reason: "it is not the body that the secret's head names" }
}

/// The error of a page that is not the one its head names.
pub(super) fn not_its_page() -> ViewError {
    ViewError::Tampered { table: Table::Heads, reason: "it is not the page that the secret's head names" }
}
