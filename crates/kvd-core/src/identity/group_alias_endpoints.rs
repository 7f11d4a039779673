//! `identity/group-alias`: the names by which auth mounts know external groups.
//!
//! Whoever is in an external group is in it because a login named its alias. So when the alias goes or becomes another
//! one, they go with it, and come back with their next login (V-020).

use super::{
    alias_endpoints::{check_mount, ids},
    generations::Touched,
    group_endpoints::{made_up_name, store},
    record::{Alias, Group, GroupKind},
    records::{self, By, Relation},
    show,
};
use crate::{fault::TxFault, house::House, random};
use kvd_backend::{Access, Field, FieldKind, Input, Request, Route, RouteTable};
use kvd_storage::ViewTx;
use kvd_types::{
    Fault,
    Operation::{Delete, List, Read, Write},
    Reply, Timestamp,
};

const ALIAS: &[Field] = &[
    Field::new("canonical_id", FieldKind::String, "The id of the external group."),
    Field::new("id", FieldKind::String, "The id of the alias."),
    Field::new("mount_accessor", FieldKind::String, "The accessor of the auth mount."),
    Field::new("name", FieldKind::String, "The name by which the mount knows the group."),
];

/// The endpoints of group aliases.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    Route::named(
        "group-alias",
        Access::Token,
        &[(Write, |h, r| Box::pin(write(h, r)))],
        ALIAS,
        "Makes or changes an alias of an external group.",
    ),
    Route::named(
        "group-alias/id",
        Access::Token,
        &[(List, |h, r| Box::pin(list(h, r)))],
        &[],
        "The ids of all aliases of groups.",
    ),
    Route::named(
        "group-alias/id/{id}",
        Access::Token,
        &[
            (Read, |h, r| Box::pin(read(h, r))),
            (Write, |h, r| Box::pin(write(h, r))),
            (Delete, |h, r| Box::pin(delete(h, r))),
        ],
        ALIAS,
        "The group alias with an id.",
    ),
]);

/// What a body asks for, read and checked.
#[derive(Clone)]
struct Draft {
    id: Option<String>,
    name: String,
    mount: String,
    group: Option<String>,
}

impl Draft {
    fn read(request: Request<'_>) -> Result<Self, Fault> {
        let input = Input::new(request.data());
        let in_path = Some(request.params.get("id").to_owned()).filter(|id| !id.is_empty());
        Ok(Self {
            id: in_path.map_or_else(|| input.text("id"), |id| Ok(Some(id)))?,
            name: input.text("name")?.unwrap_or_default(),
            mount: input.text("mount_accessor")?.unwrap_or_default(),
            group: input.text("canonical_id")?,
        })
    }

    /// After the alias itself was looked for, as clients know it.
    fn check(&self) -> Result<(), Fault> {
        match (self.name.as_str(), self.mount.as_str()) {
            ("", _) => Err(Fault::invalid("missing alias name")),
            (_, "") => Err(Fault::invalid("missing mount_accessor")),
            _ => Ok(()),
        }
    }

    fn save(&self, tx: &mut dyn ViewTx, fresh: [&str; 2], now: Timestamp) -> Result<Saved, TxFault> {
        let old = match &self.id {
            Some(id) => {
                let group = records::group_by(tx, &By::GroupAliasId(id))?;
                Some(group.ok_or_else(|| Fault::invalid("invalid group alias ID"))?)
            }
            None => None,
        };
        self.check()?;
        let before = old.as_ref().and_then(|group| group.alias.clone());
        let target = match (&self.group, &old) {
            (Some(id), Some(old)) if *id == old.id => Some(old.clone()),
            (Some(id), _) => Some(external(tx, id)?),
            (None, old) => old.clone(),
        };
        let taken = records::id(tx, &By::GroupAlias { mount: &self.mount, name: &self.name })?;
        if taken.is_some_and(|taken| old.as_ref().is_none_or(|old| old.id != taken)) {
            return Err(Fault::invalid("combination of mount and group alias name is already in use").into());
        }
        let mut alias = match before {
            Some(alias) if old.as_ref().map(|o| &o.id) == target.as_ref().map(|t| &t.id) => {
                if alias.name == self.name && alias.mount == self.mount {
                    return Ok((Touched::Nobody, None));
                }
                alias
            }
            Some(alias) => {
                // It moves: what it leaves is a group without an alias.
                if let Some(old) = &old {
                    take_away(tx, old, now)?;
                }
                alias
            }
            None => Alias::new(fresh[0].to_owned(), String::new(), String::new(), now),
        };
        alias.name.clone_from(&self.name);
        alias.mount.clone_from(&self.mount);
        alias.updated_nanos = now.nanos();
        let mut group = match &target {
            Some(group) => group.clone(),
            None => Group::new(fresh[1].to_owned(), made_up_name(fresh[1]), GroupKind::External, now),
        };
        Relation::Member.set(tx, &group.id, &[])?;
        let id = alias.id.clone();
        group.alias = Some(alias);
        store(tx, target.as_ref(), &mut group, now)?;
        Ok((Touched::All, Some([id, group.id])))
    }
}

/// Whom it concerns, and the ids of the alias and of its group where something changed.
type Saved = (Touched, Option<[String; 2]>);

/// The group with that id, if it can have an alias.
fn external(tx: &mut dyn ViewTx, id: &str) -> Result<Group, TxFault> {
    match records::group(tx, id)? {
        None => Err(Fault::invalid("invalid group ID given in 'canonical_id'").into()),
        Some(group) if group.kind == GroupKind::External => Ok(group),
        Some(_) => Err(Fault::invalid("alias can't be set on an internal group").into()),
    }
}

/// Takes the alias from a group, and whoever is in it because of that.
fn take_away(tx: &mut dyn ViewTx, old: &Group, now: Timestamp) -> Result<(), TxFault> {
    let mut group = old.clone();
    group.alias = None;
    Relation::Member.set(tx, &group.id, &[])?;
    store(tx, Some(old), &mut group, now)
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let draft = Draft::read(request)?;
    if draft.check().is_ok() {
        check_mount(house, &draft.mount)?;
    }
    let (alias, group) = (random::uuid(&**request.entropy)?, random::uuid(&**request.entropy)?);
    let now = request.now;
    let saved = house.unsealed.identity.change(move |tx| draft.save(tx, [&alias, &group], now)).await?;
    Ok(saved.map_or_else(Reply::empty, |[id, owner]| ids(&owner, &id)))
}

async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let by = By::GroupAliasId(request.params.get("id"));
    let group = house.unsealed.identity.group_by(&by).await?.ok_or_else(Fault::absent)?;
    let alias = group.alias.as_ref().ok_or_else(Fault::absent)?;
    let mounts = house.unsealed.mounts.table();
    Ok(Reply::object(|w| show::alias(w, alias, &group.id, &mounts)))
}

async fn delete(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let (id, now) = (request.params.get("id").to_owned(), request.now);
    house
        .unsealed
        .identity
        .change(move |tx| {
            let Some(group) = records::group_by(tx, &By::GroupAliasId(&id))? else {
                return Ok((Touched::Nobody, ()));
            };
            take_away(tx, &group, now)?;
            Ok((Touched::All, ()))
        })
        .await?;
    Ok(Reply::empty())
}

async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let groups = house.unsealed.identity.groups().await?;
    let owned = groups.iter().filter_map(|group| group.alias.as_ref().map(|alias| (alias, group)));
    let mut aliases: Vec<(&Alias, &Group)> = owned.collect();
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
