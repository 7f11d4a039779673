//! `identity/entity`: entities, by id and by name.

use super::{
    generations::Touched,
    login::made_up_name,
    record::{Entity, Metadata},
    records::{self, By},
    show,
};
use crate::{fault::TxFault, house::House, policy::grantable, random};
use kvd_backend::{Access, Field, FieldKind, Input, Request, Route, RouteTable};
use kvd_storage::ViewTx;
use kvd_types::{
    Fault,
    Operation::{Delete, List, Read, Write},
    Reply, Timestamp,
};

const ID: Field = Field::new("id", FieldKind::String, "The id of the entity.");
const NAME: Field = Field::new("name", FieldKind::String, "The name of the entity.");
const METADATA: Field = Field::new("metadata", FieldKind::Map, "Names and values for people and templates.");
const POLICIES: Field = Field::new("policies", FieldKind::List, "What all tokens of the entity get besides.");
const DISABLED: Field =
    Field::new("disabled", FieldKind::Bool, "Whether logins and tokens of the entity are refused.");
const ENTITY: &[Field] = &[DISABLED, ID, METADATA, NAME, POLICIES];

/// The endpoints of entities.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    Route::named(
        "entity",
        Access::Token,
        &[(Write, |h, r| Box::pin(write(h, r, Path::Open)))],
        ENTITY,
        "Makes an entity, or changes the one with the id or name in the body.",
    ),
    Route::named(
        "entity/id",
        Access::Token,
        &[(List, |h, r| Box::pin(list_by_id(h, r)))],
        &[],
        "The ids of all entities.",
    ),
    Route::named(
        "entity/id/{id}",
        Access::Token,
        &[
            (Read, |h, r| Box::pin(read(h, r, Path::Id))),
            (Write, |h, r| Box::pin(write(h, r, Path::Id))),
            (Delete, |h, r| Box::pin(delete(h, r, Path::Id))),
        ],
        ENTITY,
        "The entity with an id.",
    ),
    Route::named(
        "entity/name",
        Access::Token,
        &[(List, |h, r| Box::pin(list_by_name(h, r)))],
        &[],
        "The names of all entities.",
    ),
    Route::named(
        "entity/name/{name*}",
        Access::Token,
        &[
            (Read, |h, r| Box::pin(read(h, r, Path::Name))),
            (Write, |h, r| Box::pin(write(h, r, Path::Name))),
            (Delete, |h, r| Box::pin(delete(h, r, Path::Name))),
        ],
        ENTITY,
        "The entity with a name.",
    ),
    Route::named(
        "entity/batch-delete",
        Access::Token,
        &[(Write, |h, r| Box::pin(delete_many(h, r)))],
        &[Field::new("entity_ids", FieldKind::List, "The ids of the entities.")],
        "Deletes several entities at once.",
    ),
]);

/// What the path says of the entity.
#[derive(Clone, Copy)]
enum Path {
    Open,
    Id,
    Name,
}

/// What a body asks for, read and checked.
#[derive(Clone)]
struct Draft {
    id: Option<String>,
    name: Option<String>,
    metadata: Option<Metadata>,
    policies: Option<Vec<String>>,
    disabled: Option<bool>,
}

impl Draft {
    fn read(request: Request<'_>, path: Path) -> Result<Self, Fault> {
        let input = Input::new(request.data());
        let in_path = |name| Some(request.params.get(name).to_owned());
        let (id, name) = match path {
            Path::Open => (input.text("id")?, input.text("name")?),
            Path::Id => (in_path("id"), input.text("name")?),
            Path::Name => (input.text("id")?, in_path("name")),
        };
        Ok(Self {
            id,
            name,
            metadata: input.pairs("metadata")?,
            policies: input.list("policies")?.map(|names| grantable(&names)).transpose()?,
            disabled: input.bool("disabled")?,
        })
    }

    /// The entity that is meant; none for a new one.
    fn target(&self, tx: &mut dyn ViewTx, path: Path) -> Result<Option<Entity>, TxFault> {
        let named = match &self.name {
            Some(name) => records::entity_by(tx, &By::EntityName(name))?,
            None => None,
        };
        let Some(id) = &self.id else { return Ok(named) };
        // Who may write to one name must not reach another entity by its id (V-024).
        if matches!(path, Path::Name) && named.as_ref().is_none_or(|entity| entity.id != *id) {
            return Err(Fault::invalid("the entity of that name has another id").into());
        }
        let target = records::entity(tx, id)?.ok_or_else(|| Fault::invalid("entity not found from id"))?;
        if named.is_some_and(|entity| entity.id != target.id) {
            return Err(Fault::invalid("entity name is already in use").into());
        }
        Ok(Some(target))
    }

    fn apply(&self, entity: &mut Entity) {
        if let Some(name) = &self.name {
            entity.name.clone_from(name);
        }
        if let Some(metadata) = &self.metadata {
            entity.metadata = Some(metadata.clone());
        }
        if let Some(policies) = &self.policies {
            entity.policies.clone_from(policies);
        }
        if let Some(disabled) = self.disabled {
            entity.disabled = disabled;
        }
    }

    /// Stores what is asked for; gives the entity if it is new.
    fn save(
        &self,
        tx: &mut dyn ViewTx,
        path: Path,
        fresh_id: &str,
        now: Timestamp,
    ) -> Result<(Touched, Option<Entity>), TxFault> {
        let old = self.target(tx, path)?;
        let mut entity = match &old {
            Some(entity) => entity.clone(),
            None => Entity::new(fresh_id.to_owned(), made_up_name(fresh_id), now),
        };
        self.apply(&mut entity);
        entity.updated_nanos = now.nanos();
        records::save_entity(tx, old.as_ref(), &entity)?;
        Ok(match old {
            Some(_) => (Touched::by(&entity), None),
            None => (Touched::Nobody, Some(entity)),
        })
    }
}

async fn write(house: &House, request: Request<'_>, path: Path) -> Result<Reply, Fault> {
    let draft = Draft::read(request, path)?;
    let (fresh_id, now) = (random::uuid(&**request.entropy)?, request.now);
    let made = house.unsealed.identity.change(move |tx| draft.save(tx, path, &fresh_id, now)).await?;
    Ok(made.map_or_else(Reply::empty, |entity| {
        Reply::object(|w| {
            w.key("aliases");
            w.null();
            w.key("id");
            w.string(&entity.id);
            w.key("name");
            w.string(&entity.name);
        })
    }))
}

async fn read(house: &House, request: Request<'_>, path: Path) -> Result<Reply, Fault> {
    let id = match path {
        Path::Open => None,
        Path::Id => Some(request.params.get("id").to_owned()),
        Path::Name => house.unsealed.identity.id(&By::EntityName(request.params.get("name"))).await?,
    };
    describe(house, id).await?.ok_or_else(Fault::absent)
}

/// The entity with that id, with its groups; none when there is none.
pub(super) async fn describe(house: &House, id: Option<String>) -> Result<Option<Reply>, Fault> {
    let Some(id) = id else { return Ok(None) };
    let Some(standing) = house.unsealed.identity.standing(&id).await? else { return Ok(None) };
    // An entity that was merged into another is that one for its tokens, and nobody for whoever manages entities.
    if standing.entity_id() != id {
        return Ok(None);
    }
    let mounts = house.unsealed.mounts.table();
    Ok(Some(Reply::object(|w| {
        show::entity(w, standing.entity(), standing.direct(), standing.inherited(), &mounts);
    })))
}

async fn delete(house: &House, request: Request<'_>, path: Path) -> Result<Reply, Fault> {
    let id = request.params.get("id").to_owned();
    let name = request.params.get("name").to_owned();
    house
        .unsealed
        .identity
        .change(move |tx| {
            let entity = match path {
                Path::Open | Path::Id => records::entity(tx, &id)?,
                Path::Name => records::entity_by(tx, &By::EntityName(&name))?,
            };
            remove(tx, entity)
        })
        .await?;
    Ok(Reply::empty())
}

/// Removes an entity, if it is there. Tokens of entities that were merged into it are refused from then on too.
fn remove(tx: &mut dyn ViewTx, entity: Option<Entity>) -> Result<(Touched, ()), TxFault> {
    let Some(entity) = entity else { return Ok((Touched::Nobody, ())) };
    records::remove_entity(tx, &entity)?;
    Ok((Touched::by(&entity), ()))
}

async fn delete_many(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let ids = Input::new(request.data()).list("entity_ids")?.unwrap_or_default();
    if ids.is_empty() {
        return Err(Fault::invalid("missing entity ids to delete"));
    }
    // Of thousands of them some at a time, so that they hold up nobody else for long.
    for some in ids.chunks(64) {
        let some = some.to_vec();
        house
            .unsealed
            .identity
            .change(move |tx| {
                for id in &some {
                    let entity = records::entity(tx, id)?;
                    remove(tx, entity)?;
                }
                Ok((Touched::All, ()))
            })
            .await?;
    }
    Ok(Reply::empty())
}

async fn list_by_id(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let entities = house.unsealed.identity.entities().await?;
    if entities.is_empty() {
        return Err(Fault::absent());
    }
    let mounts = house.unsealed.mounts.table();
    Ok(Reply::object(|w| {
        show::listing(w, &entities, |e| &e.id, |w, entity| show::listed_entity(w, entity, &mounts));
    }))
}

async fn list_by_name(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let entities = house.unsealed.identity.entities().await?;
    let mut names: Vec<String> = entities.into_iter().map(|entity| entity.name).collect();
    names.sort();
    Reply::listing(&names)
}
