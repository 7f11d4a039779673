//! `role` and `role/{name}`.

use super::role::{self, ROLES, Role};
use crate::{name, record};
use kvd_backend::{Input, Request};
use kvd_storage::{Page, Table, transact};
use kvd_types::{Fault, Reply};

/// The role's name in the path, in the spelling that is stored.
///
/// # Errors
/// When it is no name: then there is no such path.
fn named(request: &Request<'_>) -> Result<String, Fault> {
    name::parse(request.params.get("name")).ok_or_else(Fault::unsupported_path)
}

/// The names of all roles.
pub(super) async fn list(request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(&request.view.list(Table::Heads, ROLES, Page::default()).await?)
}

/// Whether a write is an update.
pub(super) async fn exists(request: Request<'_>) -> Result<bool, Fault> {
    let Some(name) = name::parse(request.params.get("name")) else { return Ok(true) };
    Ok(role::find(&**request.view, &name).await?.is_some())
}

/// The whole role.
pub(super) async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    let role = role::find(&**request.view, &named(&request)?).await?.ok_or_else(Fault::absent)?;
    Ok(Reply::object(|w| role.write(w)))
}

/// Makes a role, or changes what the body names of it.
pub(super) async fn write(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    let (body, max_lease) = (request.data().clone(), request.mount.max_lease);
    let warnings = transact(&**request.view, move |tx| -> Result<Vec<String>, Fault> {
        let mut role: Role = role::find_in(tx, &name)?.unwrap_or_default();
        let mut warnings = Vec::new();
        role.apply(Input::new(&body), max_lease, &mut warnings)?;
        role::store(tx, &name, &role)?;
        Ok(warnings)
    })
    .await?;
    Ok(warnings.into_iter().fold(Reply::empty(), Reply::warn))
}

/// Removes a role; its tokens live on, but cannot be renewed.
pub(super) async fn delete(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        tx.delete(record::slot(ROLES, &name));
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}
