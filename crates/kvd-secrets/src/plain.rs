//! A tree of plain values, one JSON object a path: what version 1 of `kv` and the cubbyhole are made of.
//!
//! A value has a head of one byte, for listings and for telling a create from an update, and a body, which is
//! all that a read opens.

use crate::{
    fetch::{contains, fetch},
    kv2::layout,
};
use kvd_backend::Request;
use kvd_json::{Object, Text};
use kvd_storage::{View, ViewError, ViewTx};
use kvd_types::Reply;

/// The head of a value. An upgrade tells it by this byte from the head of a version 2 secret.
pub(crate) const HEAD: &[u8] = &[1];

/// A warning of the parameters of a query that are not `known`: a body may hold anything here, but a query may not.
pub(crate) fn warn_of_unknown(reply: Reply, request: &Request<'_>, known: &[&str]) -> Reply {
    let names = request.data().iter().map(|(name, _)| name);
    let unknown: Vec<_> = names.filter(|name| !known.contains(&&**name)).collect();
    if unknown.is_empty() {
        return reply;
    }
    reply.warn(format!("Endpoint ignored these unrecognized parameters: [{}]", unknown.join(" ")))
}

/// Whether there is a value at `path`.
pub(crate) async fn exists(view: &dyn View, path: &str) -> Result<bool, ViewError> {
    contains(view, layout::head(path)).await
}

/// The value at `path`.
pub(crate) async fn read(view: &dyn View, path: &str) -> Result<Option<Object>, ViewError> {
    let Some(body) = fetch(view, layout::body(path, 1)).await? else { return Ok(None) };
    let text = Text::from_stored(body.plain.expose().clone())
        .map_err(|_| ViewError::Malformed { what: "a value" })?;
    Ok(Some(Object::from_text(text)))
}

/// Sets the value at `path`.
pub(crate) fn write(tx: &mut dyn ViewTx, path: &str, value: &[u8]) -> Result<(), ViewError> {
    let head = layout::head(path);
    if tx.get(head)?.is_none() {
        tx.put(head, HEAD)?;
        tx.link(head)?;
    }
    tx.put(layout::body(path, 1), value).map(|_| ())
}

/// Removes the value at `path`, if there is one.
pub(crate) fn delete(tx: &mut dyn ViewTx, path: &str) -> Result<(), ViewError> {
    let head = layout::head(path);
    if tx.get(head)?.is_some() {
        tx.delete(layout::body(path, 1));
        tx.delete(head);
        tx.unlink(head)?;
    }
    Ok(())
}
