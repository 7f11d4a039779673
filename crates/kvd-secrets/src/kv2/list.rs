//! `metadata/{path*}` and `detailed-metadata/{path*}`, listed: the names below a folder.

use super::{
    Engine,
    head::{HeadRef, Place},
    look, show,
};
use crate::{
    key,
    listing::{Wanted, below},
};
use kvd_backend::{Input, Request};
use kvd_json::Writer;
use kvd_storage::{Names, NamesBuilder, Table, ViewError};
use kvd_types::{Fault, Reply, Timestamp};

/// The names directly below a folder.
pub(super) async fn list(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(names(&request).await?.iter())
}

/// The paths of all secrets below a folder.
pub(super) async fn scan(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(below(&**request.view, &key::folder(&request)).await?)
}

/// As [`list`], with the metadata of each secret.
pub(super) async fn list_detailed(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let names = names(&request).await?;
    detailed(&request, names.iter().collect()).await
}

/// As [`scan`], with the metadata of each secret.
pub(super) async fn scan_detailed(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let names = below(&**request.view, &key::folder(&request)).await?;
    detailed(&request, names.iter().map(String::as_str).collect()).await
}

async fn names(request: &Request<'_>) -> Result<Names, Fault> {
    let wanted = Wanted::parse(request)?;
    let folder = key::folder(request);
    if !Input::new(request.data()).bool("exclude_deleted")?.unwrap_or(false) {
        return Ok(request.view.names(Table::Heads, &folder, wanted.page()).await?);
    }
    let mut names = NamesBuilder::default();
    for (name, record) in request.view.list_records(Table::Heads, &folder).await? {
        if name.ends_with('/') || !is_deleted(record.plain.expose(), request.now)? {
            names.push(&name);
        }
    }
    Ok(names.finish().page(wanted.page()))
}

/// Whether the newest version is deleted; one that was destroyed without being deleted is not.
fn is_deleted(record: &[u8], now: Timestamp) -> Result<bool, ViewError> {
    let head = HeadRef::parse(record)?;
    Ok(match head.place(head.facts.current)? {
        Place::Here(entry) => entry.deletion.has_come(now),
        Place::Page(..) | Place::Nowhere => false,
    })
}

/// Folders have no metadata, and a secret that is gone meanwhile has none any more: both are shown empty.
async fn detailed(request: &Request<'_>, names: Vec<&str>) -> Result<Reply, Fault> {
    if names.is_empty() {
        return Err(Fault::absent());
    }
    let folder = key::folder(request);
    let mut w = Writer::new();
    w.begin_object();
    w.key("key_info");
    w.begin_object();
    for name in &names {
        w.key(name);
        w.begin_object();
        if !name.ends_with('/')
            && let Some(history) = look::history(&**request.view, &format!("{folder}{name}")).await?
        {
            show::metadata(&mut w, &history)?;
        }
        w.end_object();
    }
    w.end_object();
    w.key("keys");
    w.strings(names);
    w.end_object();
    Ok(Reply::data(w.finish()))
}
