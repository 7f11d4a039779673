//! The records of entities, aliases and groups with their indexes, changed together.
//!
//! | folder | name | holds |
//! | --- | --- | --- |
//! | `entity/` | id | the [entity](Entity) with its aliases |
//! | `entity-name/` | folded name | the entity's id |
//! | `alias/` | id of an alias | the entity's id |
//! | `alias-of/<accessor of a mount>/` | folded name | the entity's id |
//! | `merged/` | id of an entity that was merged | the id of the one that it is part of |
//! | `group/` | id | the [group](Group) with its alias |
//! | `group-name/` | folded name | the group's id |
//! | `group-alias/` | id of an alias | the group's id |
//! | `group-alias-of/<accessor of a mount>/` | folded name | the group's id |
//! | `groups-of/<entity>/` | id of a group | nothing: the entity is a member |
//! | `members/<group>/` | id of an entity | nothing: the same from the other side |
//! | `parents/<group>/` | id of a group | nothing: the one is a member of the other |
//! | `children/<group>/` | id of a group | nothing: the same from the other side |
//!
//! Members stand in indexes, so that a login which joins a group of thousands writes two small records.

use super::record::{Entity, Group, key};
use crate::seal::views;
use kvd_barrier::{BarrierTx, BarrierViewTx};
use kvd_storage::{Opened, Page, Slot, Table, ViewError, ViewTx};
use kvd_types::NamespaceId;
use serde::{Serialize, de::DeserializeOwned};

pub(super) const ENTITIES: &str = "entity/";
pub(super) const GROUPS: &str = "group/";
const ALIASES: &str = "alias/";
const GROUP_ALIASES: &str = "group-alias/";
const ENTITY_NAMES: &str = "entity-name/";
const GROUP_NAMES: &str = "group-name/";
pub(super) const MERGED: &str = "merged/";

/// The place of the record `name` in a folder.
pub(super) fn slot<'a>(folder: &'a str, name: &'a str) -> Slot<'a> {
    Slot { table: Table::System, folder, name, version: 0 }
}

/// By which index an entity or a group is looked up.
pub(super) enum By<'a> {
    EntityName(&'a str),
    GroupName(&'a str),
    AliasId(&'a str),
    GroupAliasId(&'a str),
    Alias { mount: &'a str, name: &'a str },
    GroupAlias { mount: &'a str, name: &'a str },
}

impl By<'_> {
    /// The folder and the name of the index's record, which holds an id.
    pub(super) fn place(&self) -> (String, String) {
        match *self {
            By::EntityName(name) => (ENTITY_NAMES.to_owned(), key(name)),
            By::GroupName(name) => (GROUP_NAMES.to_owned(), key(name)),
            By::AliasId(id) => (ALIASES.to_owned(), id.to_owned()),
            By::GroupAliasId(id) => (GROUP_ALIASES.to_owned(), id.to_owned()),
            By::Alias { mount, name } => (format!("alias-of/{mount}/"), key(name)),
            By::GroupAlias { mount, name } => (group_aliases_of(mount), key(name)),
        }
    }
}

/// The folder of the aliases that groups have on a mount.
pub(super) fn group_aliases_of(mount: &str) -> String {
    format!("group-alias-of/{mount}/")
}

/// Two sides of one relation, as folders: of `from` with the name `to`, and of `to` with the name `from`.
#[derive(Clone, Copy)]
pub(super) enum Relation {
    /// An entity and a group that it is a member of.
    Member,
    /// A group and a group that it is a member of.
    Parent,
}

impl Relation {
    /// The folder of all that `member` is a member of.
    pub(super) fn above(self, member: &str) -> String {
        match self {
            Self::Member => format!("groups-of/{member}/"),
            Self::Parent => format!("parents/{member}/"),
        }
    }

    /// The folder of all members of `group`.
    pub(super) fn below(self, group: &str) -> String {
        match self {
            Self::Member => format!("members/{group}/"),
            Self::Parent => format!("children/{group}/"),
        }
    }

    pub(super) fn join(self, tx: &mut dyn ViewTx, member: &str, group: &str) -> Result<(), ViewError> {
        tx.put(slot(&self.above(member), group), b"")?;
        tx.put(slot(&self.below(group), member), b"").map(|_| ())
    }

    pub(super) fn leave(self, tx: &mut dyn ViewTx, member: &str, group: &str) {
        tx.delete(slot(&self.above(member), group));
        tx.delete(slot(&self.below(group), member));
    }

    /// Makes `members` the members of `group`, and nobody else.
    pub(super) fn set(self, tx: &mut dyn ViewTx, group: &str, members: &[String]) -> Result<(), ViewError> {
        for member in names(tx, &self.below(group))? {
            if !members.contains(&member) {
                self.leave(tx, &member, group);
            }
        }
        members.iter().try_for_each(|member| self.join(tx, member, group))
    }
}

/// The view of all of it.
pub(super) fn of<'t>(tx: &'t mut BarrierTx<'_>) -> BarrierViewTx<'t> {
    tx.view(NamespaceId::ROOT, views::IDENTITY)
}

pub(super) fn names(tx: &mut dyn ViewTx, folder: &str) -> Result<Vec<String>, ViewError> {
    tx.list(Table::System, folder, Page::default())
}

/// The id that an index holds.
pub(super) fn id(tx: &mut dyn ViewTx, by: &By<'_>) -> Result<Option<String>, ViewError> {
    let (folder, name) = by.place();
    tx.get(slot(&folder, &name))?.map(|opened| decode_id(&opened)).transpose()
}

pub(super) fn entity(tx: &mut dyn ViewTx, id: &str) -> Result<Option<Entity>, ViewError> {
    tx.get(slot(ENTITIES, id))?.map(|opened| decode(&opened)).transpose()
}

pub(super) fn group(tx: &mut dyn ViewTx, id: &str) -> Result<Option<Group>, ViewError> {
    tx.get(slot(GROUPS, id))?.map(|opened| decode(&opened)).transpose()
}

/// The entity that an index leads to.
pub(super) fn entity_by(tx: &mut dyn ViewTx, by: &By<'_>) -> Result<Option<Entity>, ViewError> {
    match id(tx, by)? {
        Some(id) => entity(tx, &id),
        None => Ok(None),
    }
}

/// The group that an index leads to.
pub(super) fn group_by(tx: &mut dyn ViewTx, by: &By<'_>) -> Result<Option<Group>, ViewError> {
    match id(tx, by)? {
        Some(id) => group(tx, &id),
        None => Ok(None),
    }
}

/// Stores an entity in place of what it was before, with the indexes that lead to it.
pub(super) fn save_entity(tx: &mut dyn ViewTx, old: Option<&Entity>, new: &Entity) -> Result<(), ViewError> {
    index(tx, &new.id, old.map_or_else(Vec::new, entity_indexes), entity_indexes(new))?;
    put(tx, slot(ENTITIES, &new.id), new)
}

/// Removes an entity from everything that knows it. Its tokens lead nowhere from then on.
pub(super) fn remove_entity(tx: &mut dyn ViewTx, entity: &Entity) -> Result<(), ViewError> {
    index(tx, &entity.id, entity_indexes(entity), Vec::new())?;
    for group in names(tx, &Relation::Member.above(&entity.id))? {
        Relation::Member.leave(tx, &entity.id, &group);
    }
    for merged in &entity.merged_ids {
        tx.delete(slot(MERGED, merged));
    }
    tx.delete(slot(ENTITIES, &entity.id));
    Ok(())
}

/// Stores a group in place of what it was before, with the indexes that lead to it.
pub(super) fn save_group(tx: &mut dyn ViewTx, old: Option<&Group>, new: &Group) -> Result<(), ViewError> {
    index(tx, &new.id, old.map_or_else(Vec::new, group_indexes), group_indexes(new))?;
    put(tx, slot(GROUPS, &new.id), new)
}

/// Removes a group, and every membership in it and of it.
pub(super) fn remove_group(tx: &mut dyn ViewTx, group: &Group) -> Result<(), ViewError> {
    index(tx, &group.id, group_indexes(group), Vec::new())?;
    for relation in [Relation::Member, Relation::Parent] {
        for member in names(tx, &relation.below(&group.id))? {
            relation.leave(tx, &member, &group.id);
        }
    }
    for parent in names(tx, &Relation::Parent.above(&group.id))? {
        Relation::Parent.leave(tx, &group.id, &parent);
    }
    tx.delete(slot(GROUPS, &group.id));
    Ok(())
}

fn entity_indexes(entity: &Entity) -> Vec<By<'_>> {
    let aliases = entity.aliases.iter();
    aliases
        .flat_map(|alias| [By::AliasId(&alias.id), By::Alias { mount: &alias.mount, name: &alias.name }])
        .chain([By::EntityName(&entity.name)])
        .collect()
}

fn group_indexes(group: &Group) -> Vec<By<'_>> {
    let alias = group.alias.iter();
    alias
        .flat_map(|alias| {
            [By::GroupAliasId(&alias.id), By::GroupAlias { mount: &alias.mount, name: &alias.name }]
        })
        .chain([By::GroupName(&group.name)])
        .collect()
}

/// Makes the indexes `new` lead to `id`, and those of `old` that are not among them nowhere. What is there already is
/// not written again.
fn index(tx: &mut dyn ViewTx, id: &str, old: Vec<By<'_>>, new: Vec<By<'_>>) -> Result<(), ViewError> {
    let old: Vec<_> = old.iter().map(By::place).collect();
    let new: Vec<_> = new.iter().map(By::place).collect();
    for (folder, name) in old.iter().filter(|place| !new.contains(place)) {
        tx.delete(slot(folder, name));
    }
    for (folder, name) in new.iter().filter(|place| !old.contains(place)) {
        tx.put(slot(folder, name), id.as_bytes())?;
    }
    Ok(())
}

pub(super) fn put<T: Serialize>(tx: &mut dyn ViewTx, slot: Slot<'_>, record: &T) -> Result<(), ViewError> {
    let bytes = serde_json::to_vec(record).map_err(|_| MALFORMED)?;
    tx.put(slot, &bytes).map(|_| ())
}

const MALFORMED: ViewError = ViewError::Malformed { what: "identity" };

/// A record that was opened. Its error does not quote it, as that of the JSON parser would.
pub(super) fn decode<T: DeserializeOwned>(opened: &Opened) -> Result<T, ViewError> {
    serde_json::from_slice(opened.plain.expose()).map_err(|_| MALFORMED)
}

pub(super) fn decode_id(opened: &Opened) -> Result<String, ViewError> {
    String::from_utf8(opened.plain.expose().clone()).map_err(|_| MALFORMED)
}
