//! `{path*}`: the values of the calling token.

use super::Engine;
use crate::{fetch::warm, key, kv2::layout, plain};
use kvd_backend::Request;
use kvd_storage::{Page, Table, transact};
use kvd_types::{Fault, Reply, Secret};

/// Where the caller's own values lie.
///
/// # Errors
/// When its token is of a kind that has none.
fn own(request: &Request<'_>) -> Result<String, Fault> {
    match &request.caller.cubbyhole {
        Some(name) => Ok(format!("{name}/")),
        None => Err(Fault::invalid("cubbyhole operations are only supported by 'service' type tokens")),
    }
}

/// Whether a write is an update. A token without a cubbyhole learns of it from the write itself.
pub(super) async fn exists(_: &Engine, request: Request<'_>) -> Result<bool, Fault> {
    let (Ok(own), Some(path)) = (own(&request), key::secret(&request)) else { return Ok(false) };
    Ok(plain::exists(&**request.view, &(own + path)).await?)
}

/// The value.
pub(super) async fn read(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let own = own(&request)?;
    let path = own + key::secret(&request).ok_or_else(Fault::absent)?;
    let value = plain::read(&**request.view, &path).await?.ok_or_else(Fault::absent)?;
    Ok(plain::warn_of_unknown(Reply::data(value.into_text()), &request, &[]))
}

/// Replaces the value.
pub(super) async fn write(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let path = own(&request)? + key::written(&request)?;
    if request.data().is_empty() {
        return Err(Fault::invalid("missing data fields"));
    }
    let value = Secret::new(request.data().text().as_str().as_bytes().to_vec());
    warm(&**request.view, layout::head(&path)).await?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        Ok(plain::write(tx, &path, value.expose())?)
    })
    .await?;
    Ok(Reply::empty())
}

/// Removes the value.
pub(super) async fn delete(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let own = own(&request)?;
    let Some(path) = key::secret(&request).map(|path| own + path) else { return Ok(Reply::empty()) };
    warm(&**request.view, layout::head(&path)).await?;
    transact(&**request.view, move |tx| -> Result<(), Fault> { Ok(plain::delete(tx, &path)?) }).await?;
    Ok(Reply::empty())
}

/// The names directly below a folder.
pub(super) async fn list(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let folder = own(&request)? + &key::folder(&request);
    let names = request.view.names(Table::Heads, &folder, Page::default()).await?;
    Ok(plain::warn_of_unknown(Reply::listing(names.iter())?, &request, &[]))
}
