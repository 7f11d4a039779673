//! What clients are shown of versions and heads; members stand sorted, as canonical form wants them.

use super::{
    entry::{Authors, Entry, Mark},
    head::Facts,
    look::{History, Part},
};
use kvd_json::{Value, Writer};
use kvd_storage::ViewError;
use kvd_types::GoDuration;
use std::time::Duration;

/// The members that describe one version, into an open object.
pub(super) fn version(w: &mut Writer, number: u64, entry: &Entry, custom: Option<&str>) {
    w.key("created_time");
    w.display(entry.created);
    custom_metadata(w, custom);
    deletion_time(w, entry);
    w.key("destroyed");
    w.bool(entry.destroyed);
    w.key("version");
    count(w, number);
}

/// Everything about a secret but its bodies, into an open object.
pub(super) fn metadata(w: &mut Writer, history: &History) -> Result<(), ViewError> {
    let head = history.head()?;
    let Facts { current, oldest, metadata_version, max_versions, .. } = head.facts;
    w.key("cas_required");
    w.bool(head.facts.cas_required);
    w.key("created_time");
    w.display(head.facts.created);
    w.key("current_metadata_version");
    count(w, metadata_version);
    w.key("current_version");
    count(w, current);
    custom_metadata(w, head.custom);
    w.key("delete_version_after");
    w.display(GoDuration::from(Duration::from_secs(head.facts.delete_version_after_seconds)));
    author(w, "last_updated_by", head.facts.updated_by, &head.authors()?);
    w.key("max_versions");
    count(w, max_versions.into());
    w.key("metadata_cas_required");
    w.bool(head.facts.metadata_cas_required);
    w.key("oldest_version");
    count(w, oldest);
    w.key("updated_time");
    w.display(head.facts.updated);
    w.key("versions");
    versions(w, &history.parts);
    Ok(())
}

fn versions(w: &mut Writer, parts: &[Part]) {
    let mut all: Vec<(String, &Entry, &Authors)> = parts
        .iter()
        .flat_map(|p| (p.first..).zip(&p.entries).map(|(n, e)| (n.to_string(), e, &p.authors)))
        .collect();
    // By the text of the number, as Go sorts the keys of a map.
    all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    w.begin_object();
    for (number, entry, authors) in all {
        w.key(&number);
        w.begin_object();
        author(w, "created_by", entry.created_by, authors);
        w.key("created_time");
        w.display(entry.created);
        author(w, "deleted_by", entry.deleted_by, authors);
        deletion_time(w, entry);
        w.key("destroyed");
        w.bool(entry.destroyed);
        w.end_object();
    }
    w.end_object();
}

/// `null` where nobody is known, such as for what an upgrade made.
fn author(w: &mut Writer, key: &str, mark: Option<Mark>, authors: &Authors) {
    w.key(key);
    let Some((mark, author)) = mark.and_then(|m| Some((m, authors.get(m)?))) else { return w.null() };
    w.begin_object();
    w.key("actor");
    w.string(&author.name);
    if !author.entity.is_empty() {
        w.key("client_id");
        w.string(&author.entity);
        w.key("entity_id");
        w.string(&author.entity);
    }
    w.key("operation");
    w.string(mark.deed.name());
    w.end_object();
}

fn custom_metadata(w: &mut Writer, custom: Option<&str>) {
    w.key("custom_metadata");
    match custom.and_then(|text| Value::from_stored(text.as_bytes()).ok()) {
        Some(object) => w.raw(object),
        None => w.null(),
    }
}

fn deletion_time(w: &mut Writer, entry: &Entry) {
    w.key("deletion_time");
    match entry.deletion.time() {
        Some(time) => w.display(time),
        None => w.string(""),
    }
}

fn count(w: &mut Writer, n: u64) {
    w.int(i64::try_from(n).unwrap_or(i64::MAX));
}
