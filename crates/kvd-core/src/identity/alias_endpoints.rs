//! `identity/entity-alias`: the names by which auth mounts know entities.

use super::{
    generations::Touched,
    login::made_up_name,
    record::{Alias, Entity, Metadata},
    records::{self, By},
    show::{self, mount_of},
};
use crate::{fault::TxFault, house::House, mount::Family, random};
use kvd_backend::{Access, Field, FieldKind, Input, Request, Route, RouteTable};
use kvd_storage::ViewTx;
use kvd_types::{
    Fault,
    Operation::{Delete, List, Read, Write},
    Reply, Timestamp,
};

const ALIAS: &[Field] = &[
    Field::new("canonical_id", FieldKind::String, "The id of the entity."),
    Field::new("custom_metadata", FieldKind::Map, "Names and values for people and templates."),
    Field::new("entity_id", FieldKind::String, "The old name of canonical_id."),
    Field::new("id", FieldKind::String, "The id of the alias."),
    Field::new("mount_accessor", FieldKind::String, "The accessor of the auth mount."),
    Field::new("name", FieldKind::String, "The name by which the mount knows the entity."),
];

/// The endpoints of entity aliases, under their present name and the old one.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    register("entity-alias"),
    by_id("entity-alias/id/{id}"),
    all("entity-alias/id"),
    register("alias"),
    by_id("alias/id/{id}"),
    all("alias/id"),
]);

const fn register(pattern: &'static str) -> Route<House> {
    let operations: super::Operations = &[(Write, |h, r| Box::pin(write(h, r)))];
    Route::named(pattern, Access::Token, operations, ALIAS, "Makes or changes an alias of an entity.")
}

const fn by_id(pattern: &'static str) -> Route<House> {
    let operations: super::Operations = &[
        (Read, |h, r| Box::pin(read(h, r))),
        (Write, |h, r| Box::pin(write(h, r))),
        (Delete, |h, r| Box::pin(delete(h, r))),
    ];
    Route::named(pattern, Access::Token, operations, ALIAS, "The alias with an id.")
}

const fn all(pattern: &'static str) -> Route<House> {
    let operations: super::Operations = &[(List, |h, r| Box::pin(list(h, r)))];
    Route::named(pattern, Access::Token, operations, &[], "The ids of all aliases of entities.")
}

/// What a body asks for, read and checked.
#[derive(Clone)]
struct Draft {
    id: Option<String>,
    name: Option<String>,
    mount: Option<String>,
    entity: Option<String>,
    custom_metadata: Option<Metadata>,
}

impl Draft {
    fn read(house: &House, request: Request<'_>) -> Result<Self, Fault> {
        let input = Input::new(request.data());
        let in_path = Some(request.params.get("id").to_owned()).filter(|id| !id.is_empty());
        let entity = match input.text("canonical_id")? {
            Some(id) => Some(id),
            None => input.text("entity_id")?,
        };
        let custom_metadata = input.pairs("custom_metadata")?;
        if let Some(metadata) = &custom_metadata {
            check_custom(metadata)?;
        }
        let draft = Self {
            id: in_path.map_or_else(|| input.text("id"), |id| Ok(Some(id)))?,
            name: input.text("name")?,
            mount: input.text("mount_accessor")?,
            entity,
            custom_metadata,
        };
        if draft.id.is_none() && (draft.name.is_none() || draft.mount.is_none()) {
            return Err(Fault::invalid("'id' or 'mount_accessor' and 'name' must be provided"));
        }
        if let Some(accessor) = &draft.mount {
            check_mount(house, accessor)?;
        }
        Ok(draft)
    }

    fn save(&self, tx: &mut dyn ViewTx, fresh: [&str; 2], now: Timestamp) -> Result<Saved, TxFault> {
        let known = match (&self.id, &self.mount, &self.name) {
            (Some(id), ..) => {
                let owner = records::entity_by(tx, &By::AliasId(id))?;
                let owner = owner.ok_or_else(|| Fault::invalid("invalid alias ID provided"))?;
                Some((owner, id.clone()))
            }
            (None, Some(mount), Some(name)) => records::entity_by(tx, &By::Alias { mount, name })?
                .and_then(|owner| owner.alias_on(mount).map(|alias| alias.id.clone()).map(|id| (owner, id))),
            (None, ..) => None,
        };
        match known {
            Some((owner, id)) => self.update(tx, &owner, &id, now),
            None => self.create(tx, fresh, now),
        }
    }

    fn create(&self, tx: &mut dyn ViewTx, fresh: [&str; 2], now: Timestamp) -> Result<Saved, TxFault> {
        let [alias_id, entity_id] = fresh;
        let (Some(name), Some(mount)) = (&self.name, &self.mount) else {
            return Err(Fault::invalid("'id' or 'mount_accessor' and 'name' must be provided").into());
        };
        let old = match &self.entity {
            Some(id) => Some(records::entity(tx, id)?.ok_or_else(|| Fault::invalid("invalid canonical ID"))?),
            None => None,
        };
        let mut owner = match &old {
            Some(entity) => entity.clone(),
            None => Entity::new(entity_id.to_owned(), made_up_name(entity_id), now),
        };
        if owner.alias_on(mount).is_some() {
            return Err(Fault::invalid("Alias already exists for requested entity and mount accessor").into());
        }
        let mut alias = Alias::new(alias_id.to_owned(), name.clone(), mount.clone(), now);
        alias.custom_metadata = Some(self.custom_metadata.clone().unwrap_or_default());
        owner.aliases.push(alias);
        records::save_entity(tx, old.as_ref(), &owner)?;
        let touched = if old.is_some() { Touched::by(&owner) } else { Touched::Nobody };
        Ok((touched, Some([alias_id.to_owned(), owner.id])))
    }

    /// Changes an alias where it is, or moves it to another entity. Two aliases never become one by it, and an entity
    /// never has two on one mount (V-017, V-018).
    fn update(
        &self,
        tx: &mut dyn ViewTx,
        owner: &Entity,
        id: &str,
        now: Timestamp,
    ) -> Result<Saved, TxFault> {
        let mut old_owner = owner.clone();
        let Some(alias) = old_owner.alias_mut(id) else {
            return Err(Fault::invalid("given alias is not associated with an entity").into());
        };
        let before = alias.clone();
        if let Some(name) = &self.name {
            alias.name.clone_from(name);
        }
        if let Some(mount) = &self.mount {
            alias.mount.clone_from(mount);
        }
        if let Some(custom) = &self.custom_metadata {
            alias.custom_metadata = Some(custom.clone());
        }
        let moves = self.entity.as_ref().filter(|entity| **entity != owner.id);
        if *alias == before && moves.is_none() {
            return Ok((Touched::Nobody, None));
        }
        alias.updated_nanos = now.nanos();
        let alias = alias.clone();
        let Some(new_owner) = moves else {
            if old_owner.aliases.iter().filter(|other| other.mount == alias.mount).count() > 1 {
                return Err(Fault::invalid(
                    "Alias cannot be updated as the entity already has an alias for the given 'mount_accessor' ",
                )
                .into());
            }
            check_free(tx, owner, &alias)?;
            records::save_entity(tx, Some(owner), &old_owner)?;
            return Ok((Touched::by(owner), Some([id.to_owned(), owner.id.clone()])));
        };
        let old = records::entity(tx, new_owner)?
            .ok_or_else(|| Fault::invalid("given 'canonical_id' is not associated with an entity"))?;
        if old.alias_on(&alias.mount).is_some() {
            return Err(Fault::invalid(
                "Alias cannot be updated as the given entity already has an alias for this mount ",
            )
            .into());
        }
        check_free(tx, owner, &alias)?;
        old_owner.aliases.retain(|other| other.id != id);
        // The old owner's indexes go first: those of the alias lead to the new one afterwards.
        records::save_entity(tx, Some(owner), &old_owner)?;
        let mut new_owner = old.clone();
        new_owner.aliases.push(alias);
        records::save_entity(tx, Some(&old), &new_owner)?;
        Ok((Touched::All, Some([id.to_owned(), new_owner.id])))
    }
}

/// Whether mount and name of a changed alias of `owner` are nobody else's.
fn check_free(tx: &mut dyn ViewTx, owner: &Entity, changed: &Alias) -> Result<(), TxFault> {
    let by = By::Alias { mount: &changed.mount, name: &changed.name };
    let is_own = owner.alias_on(&changed.mount).is_some_and(|alias| alias.id == changed.id);
    match records::id(tx, &by)? {
        Some(taken) if taken != owner.id || !is_own => {
            Err(Fault::invalid("alias with combination of mount accessor and name already exists").into())
        }
        Some(_) | None => Ok(()),
    }
}

/// Whom it concerns, and the ids of the alias and of its entity where something changed.
type Saved = (Touched, Option<[String; 2]>);

/// # Errors
/// When no auth mount has that accessor.
pub(super) fn check_mount(house: &House, accessor: &str) -> Result<(), Fault> {
    let table = house.unsealed.mounts.table();
    match mount_of(&table, accessor) {
        Some(mount) if mount.record.family == Family::Auth => Ok(()),
        Some(_) | None => Err(Fault::invalid(format!("invalid mount accessor {accessor:?}"))),
    }
}

/// The limits of custom metadata, as for secrets: 64 entries, names of 128 bytes, values of 512.
fn check_custom(metadata: &Metadata) -> Result<(), Fault> {
    let refused = |why: &str| Err(Fault::invalid(format!("custom_metadata validation failed: {why}")));
    if metadata.len() > 64 {
        return refused("at most 64 keys can be set");
    }
    for (name, value) in metadata {
        if name.is_empty() || name.len() > 128 {
            return refused("the length of a key has to be from 1 to 128 bytes");
        }
        if value.is_empty() || value.len() > 512 {
            return refused("the length of a value has to be from 1 to 512 bytes");
        }
        if name.chars().chain(value.chars()).any(char::is_control) {
            return refused("keys and values have to be printable");
        }
    }
    Ok(())
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let draft = Draft::read(house, request)?;
    let (alias, entity) = (random::uuid(&**request.entropy)?, random::uuid(&**request.entropy)?);
    let now = request.now;
    let saved = house.unsealed.identity.change(move |tx| draft.save(tx, [&alias, &entity], now)).await?;
    Ok(saved.map_or_else(Reply::empty, |[id, owner]| ids(&owner, &id)))
}

/// The answer of a change: whose alias it is, and its id.
pub(super) fn ids(owner: &str, id: &str) -> Reply {
    Reply::object(|w| {
        w.key("canonical_id");
        w.string(owner);
        w.key("id");
        w.string(id);
    })
}

async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let id = request.params.get("id");
    let owner = house.unsealed.identity.entity_by(&By::AliasId(id)).await?.ok_or_else(Fault::absent)?;
    let alias = owner.aliases.iter().find(|alias| alias.id == id).ok_or_else(Fault::absent)?;
    let mounts = house.unsealed.mounts.table();
    Ok(Reply::object(|w| show::alias(w, alias, &owner.id, &mounts)))
}

async fn delete(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let (id, now) = (request.params.get("id").to_owned(), request.now);
    house
        .unsealed
        .identity
        .change(move |tx| {
            let Some(old) = records::entity_by(tx, &By::AliasId(&id))? else {
                return Ok((Touched::Nobody, ()));
            };
            let mut entity = old.clone();
            entity.aliases.retain(|alias| alias.id != id);
            entity.updated_nanos = now.nanos();
            records::save_entity(tx, Some(&old), &entity)?;
            Ok((Touched::by(&entity), ()))
        })
        .await?;
    Ok(Reply::empty())
}

async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let entities = house.unsealed.identity.entities().await?;
    let owned = entities.iter().flat_map(|entity| entity.aliases.iter().map(move |alias| (alias, entity)));
    let mut aliases: Vec<(&Alias, &Entity)> = owned.collect();
    if aliases.is_empty() {
        return Err(Fault::absent());
    }
    aliases.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let mounts = house.unsealed.mounts.table();
    Ok(Reply::object(|w| {
        show::listing(
            w,
            &aliases,
            |(alias, _)| &alias.id,
            |w, (alias, owner)| show::listed_alias(w, alias, &owner.id, &mounts),
        );
    }))
}
