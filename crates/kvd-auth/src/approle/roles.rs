//! `role`, `role/{role_name}` and `role/{role_name}/role-id`.

use super::role::{self, OLD_NAMES, ROLES, Role};
use crate::{name, token_params::number};
use kvd_backend::{Input, Request};
use kvd_json::Writer;
use kvd_storage::{Page, Table, transact};
use kvd_types::{Fault, Reply};

/// The role's name in the path, in the spelling that is stored.
///
/// # Errors
/// When it is no name: then there is no such path.
pub(super) fn named(request: &Request<'_>) -> Result<String, Fault> {
    name::parse(request.params.get("role_name")).ok_or_else(Fault::unsupported_path)
}

/// The names of all roles.
pub(super) async fn list(request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(request.view.list(Table::Heads, ROLES, Page::default()).await?)
}

/// Whether a write is an update.
pub(super) async fn exists(request: Request<'_>) -> Result<bool, Fault> {
    let Some(name) = name::parse(request.params.get("role_name")) else { return Ok(true) };
    Ok(role::find(&**request.view, &name).await?.is_some())
}

/// The whole role, but for its id.
pub(super) async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    let role = role::find(&**request.view, &named(&request)?).await?.ok_or_else(Fault::absent)?;
    Ok(Reply::object(|w| {
        w.key("bind_secret_id");
        w.bool(role.bind_secret_id);
        w.key("local_secret_ids");
        w.bool(role.local_secret_ids);
        w.key("secret_id_bound_cidrs");
        strings_or_null(w, &role.secret_id_bound_cidrs);
        w.key("secret_id_num_uses");
        number(w, role.secret_id_num_uses);
        w.key("secret_id_ttl");
        number(w, role.secret_id_ttl_seconds);
        role.token.write(w, OLD_NAMES);
    }))
}

/// A list; one that was never set is `null`.
pub(super) fn strings_or_null(w: &mut Writer, texts: &[String]) {
    if texts.is_empty() { w.null() } else { w.strings(texts) }
}

/// Makes a role, or changes what the body names of it.
pub(super) async fn write(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    let body = request.data().clone();
    let fresh = Role::draw(&**request.entropy)?;
    let max_lease = request.mount.max_lease.as_secs();
    let warnings = transact(&**request.view, move |tx| -> Result<Vec<String>, Fault> {
        let (input, mut warnings) = (Input::new(&body), Vec::new());
        let old = role::find_in(tx, &name)?;
        let mut role = old.clone().unwrap_or_else(|| fresh.clone());
        if let Some(local) = input.bool("local_secret_ids")? {
            if old.is_some() {
                return Err(Fault::invalid("local_secret_ids can only be modified during role creation"));
            }
            role.local_secret_ids = local;
        }
        if let Some(id) = input.string("role_id")? {
            if id.is_empty() {
                return Err(Fault::invalid("invalid role_id supplied, or failed to generate a role_id"));
            }
            role.role_id = id.into_owned();
        }
        role.apply(input, &mut warnings)?;
        if role.token.max_ttl_seconds > max_lease {
            warnings.push("token_max_ttl is greater than the backend mount's maximum TTL value; issued tokens' max TTL value will be truncated".to_owned());
        }
        role::store(tx, &name, &role, old.as_ref())?;
        Ok(warnings)
    })
    .await?;
    Ok(warnings.into_iter().fold(Reply::empty(), Reply::warn))
}

/// Removes a role and its secret ids; its tokens live on.
pub(super) async fn delete(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    transact(&**request.view, move |tx| role::remove(tx, &name)).await?;
    Ok(Reply::empty())
}

/// The id of the role.
pub(super) async fn read_role_id(request: Request<'_>) -> Result<Reply, Fault> {
    let role = role::find(&**request.view, &named(&request)?).await?.ok_or_else(Fault::absent)?;
    Ok(Reply::object(|w| {
        w.key("role_id");
        w.string(&role.role_id);
    }))
}

/// Gives the role another id.
pub(super) async fn write_role_id(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    let id = Input::new(request.data()).string("role_id")?.unwrap_or_default().into_owned();
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let old = role::find_in(tx, &name)?.ok_or_else(Fault::unsupported_path)?;
        if id.is_empty() {
            return Err(Fault::invalid("missing role_id"));
        }
        let mut role = old.clone();
        role.role_id.clone_from(&id);
        role::store(tx, &name, &role, Some(&old))
    })
    .await?;
    Ok(Reply::empty())
}
