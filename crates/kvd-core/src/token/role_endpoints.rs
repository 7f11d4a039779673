//! `auth/token/roles`: writing, reading, listing and deleting roles.

use super::{
    role,
    role_fields::{self, FIELDS, RoleChange},
};
use crate::house::House;
use kvd_backend::{Access, Fields, Input, Pattern, Request, Route, RouteTable};
use kvd_types::{
    Fault,
    Operation::{Delete, List, Read, Write},
    Reply,
};

/// The endpoints of this group.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    Route {
        pattern: Pattern("roles"),
        operations: &[(List, |h, r| Box::pin(list(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[]),
        summary: "The names of all roles.",
    },
    Route {
        pattern: Pattern("roles/{name}"),
        operations: &[
            (Read, |h, r| Box::pin(read(h, r))),
            (Write, |h, r| Box::pin(write(h, r))),
            (Delete, |h, r| Box::pin(delete(h, r))),
        ],
        exists: Some(|_, r| Box::pin(exists(r))),
        access: Access::Token,
        fields: Fields::Named(FIELDS),
        summary: "What tokens made in the name of a role may be.",
    },
]);

/// The name of the role: letters, digits and `_`, with dots and dashes between them.
///
/// # Errors
/// Where there can be no such role, there is no such path.
fn named(request: Request<'_>) -> Result<&str, Fault> {
    let name = request.params.get("name");
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = name.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
        && name.starts_with(is_word)
        && name.ends_with(is_word);
    is_name.then_some(name).ok_or_else(Fault::unsupported_path)
}

async fn exists(request: Request<'_>) -> Result<bool, Fault> {
    Ok(role::load(request.view, request.params.get("name")).await?.is_some())
}

async fn list(_: &House, request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(role::names(request.view).await?)
}

async fn read(_: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(request)?;
    let role = role::load(request.view, name).await?.ok_or_else(Fault::absent)?;
    Ok(Reply::object(|w| role_fields::write(w, name, &role)))
}

async fn write(_: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(request)?;
    let change = RoleChange::read(Input::new(request.data()))?;
    let mut reply = Reply::empty();
    reply.warnings.extend(change.warnings().map(Into::into));
    role::change(request.view, name, move |role| change.apply(role)).await?;
    Ok(reply)
}

async fn delete(_: &House, request: Request<'_>) -> Result<Reply, Fault> {
    role::delete(request.view, named(request)?).await?;
    Ok(Reply::empty())
}
