//! `{path*}`: the values.

use super::Engine;
use crate::{
    fetch::warm,
    key,
    kv2::layout,
    listing::{Wanted, below},
    plain,
};
use kvd_backend::{Input, Request};
use kvd_json::Object;
use kvd_storage::{Table, transact};
use kvd_types::{Fault, LeaseInfo, Reply, Secret};

/// Whether a write is an update.
pub(super) async fn exists(_: &Engine, request: Request<'_>) -> Result<bool, Fault> {
    let Some(path) = key::secret(&request) else { return Ok(false) };
    Ok(plain::exists(&**request.view, path).await?)
}

/// The value, with a hint at how long it may be relied on.
pub(super) async fn read(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let path = key::secret(&request).ok_or_else(Fault::absent)?;
    let value = plain::read(&**request.view, path).await?.ok_or_else(Fault::absent)?;
    let lease = LeaseInfo { duration_seconds: lease_seconds(&value, &request), ..LeaseInfo::default() };
    let reply = Reply { lease, ..Reply::data(value.into_text()) };
    Ok(plain::warn_of_unknown(reply, &request, &[]))
}

/// The member `ttl` of the value, or `lease`, or else what holds for the mount; nothing watches over it.
fn lease_seconds(value: &Object, request: &Request<'_>) -> u64 {
    let name = if value.get("ttl").is_some() { "ttl" } else { "lease" };
    let input = Input::new(value);
    match input.duration(name) {
        Ok(Some(duration)) => duration.as_secs(),
        // `null` is said too, and means none.
        Ok(None) if input.has(name) => 0,
        Ok(None) | Err(_) => request.mount.default_lease.as_secs(),
    }
}

/// Replaces the value.
pub(super) async fn write(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let path = key::written(&request)?.to_owned();
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
    let Some(path) = key::secret(&request).map(str::to_owned) else { return Ok(Reply::empty()) };
    warm(&**request.view, layout::head(&path)).await?;
    transact(&**request.view, move |tx| -> Result<(), Fault> { Ok(plain::delete(tx, &path)?) }).await?;
    Ok(Reply::empty())
}

/// The names directly below a folder.
pub(super) async fn list(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let wanted = Wanted::parse(&request)?;
    let names = request.view.names(Table::Heads, &key::folder(&request), wanted.page()).await?;
    Ok(plain::warn_of_unknown(Reply::listing(names.iter())?, &request, &["after", "limit"]))
}

/// The paths of all values below a folder.
pub(super) async fn scan(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(below(&**request.view, &key::folder(&request)).await?)
}
