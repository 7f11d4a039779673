//! `identity/lookup`: entities and groups by id, name, or one of their aliases.

use super::{entity_endpoints, group_endpoints, records::By};
use crate::house::House;
use kvd_backend::{Access, Field, FieldKind, Input, Request, Route, RouteTable};
use kvd_types::{Fault, Operation::Write, Reply};
use std::borrow::Cow;

const QUERY: &[Field] = &[
    Field::new("alias_id", FieldKind::String, "The id of an alias."),
    Field::new("alias_mount_accessor", FieldKind::String, "The accessor of an alias's mount."),
    Field::new("alias_name", FieldKind::String, "The name of an alias."),
    Field::new("id", FieldKind::String, "The id."),
    Field::new("name", FieldKind::String, "The name."),
];

/// The endpoints of look-ups.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    Route::named(
        "lookup/entity",
        Access::Token,
        &[(Write, |h, r| Box::pin(entity(h, r)))],
        QUERY,
        "The entity with an id, a name or an alias.",
    ),
    Route::named(
        "lookup/group",
        Access::Token,
        &[(Write, |h, r| Box::pin(group(h, r)))],
        QUERY,
        "The group with an id, a name or an alias.",
    ),
]);

/// By what a body asks.
enum Query<'a> {
    Id(Cow<'a, str>),
    Name(Cow<'a, str>),
    AliasId(Cow<'a, str>),
    Alias { mount: Cow<'a, str>, name: Cow<'a, str> },
}

impl<'a> Query<'a> {
    /// # Errors
    /// When the body asks for nothing, or in two ways at once.
    fn read(request: &Request<'a>) -> Result<Self, Fault> {
        let input = Input::new(request.data());
        let [id, name, alias_id, alias_name, mount] =
            ["id", "name", "alias_id", "alias_name", "alias_mount_accessor"].map(|field| input.string(field));
        Ok(match (id?, name?, alias_id?, alias_name?, mount?) {
            (None, None, None, None, None) => return Err(Fault::invalid("query parameter not supplied")),
            (Some(id), None, None, None, None) => Self::Id(id),
            (None, Some(name), None, None, None) => Self::Name(name),
            (None, None, Some(id), None, None) => Self::AliasId(id),
            (None, None, None, Some(name), Some(mount)) if !name.is_empty() && !mount.is_empty() => {
                Self::Alias { mount, name }
            }
            (None, None, None, Some(_), None) | (None, None, None, None, Some(_)) => {
                return Err(Fault::invalid("both 'alias_name' and 'alias_mount_accessor' needs to be set"));
            }
            _ => {
                return Err(Fault::invalid(
                    "query parameter conflict; please supply distinct set of query parameters",
                ));
            }
        })
    }
}

async fn entity(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let identity = &house.unsealed.identity;
    let id = match Query::read(&request)? {
        Query::Id(id) => Some(id.into_owned()),
        Query::Name(name) => identity.id(&By::EntityName(&name)).await?,
        Query::AliasId(id) => identity.id(&By::AliasId(&id)).await?,
        Query::Alias { mount, name } => identity.id(&By::Alias { mount: &mount, name: &name }).await?,
    };
    Ok(entity_endpoints::describe(house, id).await?.unwrap_or_default())
}

async fn group(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let identity = &house.unsealed.identity;
    let id = match Query::read(&request)? {
        Query::Id(id) => Some(id.into_owned()),
        Query::Name(name) => identity.id(&By::GroupName(&name)).await?,
        Query::AliasId(id) => identity.id(&By::GroupAliasId(&id)).await?,
        Query::Alias { mount, name } => identity.id(&By::GroupAlias { mount: &mount, name: &name }).await?,
    };
    Ok(group_endpoints::describe(house, id).await?.unwrap_or_default())
}
