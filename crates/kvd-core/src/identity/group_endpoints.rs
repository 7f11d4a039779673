//! `identity/group`: groups, by id and by name.

use super::{
    generations::Touched,
    record::{Group, GroupKind, Metadata},
    records::{self, By, Relation},
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
use std::collections::BTreeSet;

const GROUP: &[Field] = &[
    Field::new("id", FieldKind::String, "The id of the group."),
    Field::new("member_entity_ids", FieldKind::List, "The entities in it; not of an external group."),
    Field::new("member_group_ids", FieldKind::List, "The groups in it; not of an external group."),
    Field::new("metadata", FieldKind::Map, "Names and values for people and templates."),
    Field::new("name", FieldKind::String, "The name of the group."),
    Field::new("policies", FieldKind::List, "What all members get besides."),
    Field::new("type", FieldKind::String, "internal, or external where an auth method decides who is in it."),
];

/// The endpoints of groups.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    Route::named(
        "group",
        Access::Token,
        &[(Write, |h, r| Box::pin(write(h, r, Path::Open)))],
        GROUP,
        "Makes a group, or changes the one with the id or name in the body.",
    ),
    Route::named(
        "group/id",
        Access::Token,
        &[(List, |h, r| Box::pin(list_by_id(h, r)))],
        &[],
        "The ids of all groups.",
    ),
    Route::named(
        "group/id/{id}",
        Access::Token,
        &[
            (Read, |h, r| Box::pin(read(h, r, Path::Id))),
            (Write, |h, r| Box::pin(write(h, r, Path::Id))),
            (Delete, |h, r| Box::pin(delete(h, r, Path::Id))),
        ],
        GROUP,
        "The group with an id.",
    ),
    Route::named(
        "group/name",
        Access::Token,
        &[(List, |h, r| Box::pin(list_by_name(h, r)))],
        &[],
        "The names of all groups.",
    ),
    Route::named(
        "group/name/{name*}",
        Access::Token,
        &[
            (Read, |h, r| Box::pin(read(h, r, Path::Name))),
            (Write, |h, r| Box::pin(write(h, r, Path::Name))),
            (Delete, |h, r| Box::pin(delete(h, r, Path::Name))),
        ],
        GROUP,
        "The group with a name.",
    ),
]);

/// What the path says of the group.
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
    /// As it was written: of a group that is there it may only be said again.
    kind: Option<String>,
    metadata: Option<Metadata>,
    policies: Option<Vec<String>>,
    entities: Option<Vec<String>>,
    groups: Option<Vec<String>>,
}

impl Draft {
    fn read(request: Request<'_>, path: Path) -> Result<Self, Fault> {
        let input = Input::new(request.data());
        let in_path = |name| Some(request.params.get(name).to_owned());
        let (id, name) = match path {
            Path::Open if input.string("id")?.is_some_and(|id| id.is_empty()) => {
                return Err(Fault::invalid("empty group ID"));
            }
            Path::Open => (input.text("id")?, input.text("name")?),
            Path::Id => (in_path("id"), input.text("name")?),
            Path::Name => (input.text("id")?, in_path("name")),
        };
        let members = |name| -> Result<Option<Vec<String>>, Fault> {
            let ids: Option<BTreeSet<String>> = input.list(name)?.map(|ids| ids.into_iter().collect());
            Ok(ids.map(|ids| ids.into_iter().collect()))
        };
        Ok(Self {
            id,
            name,
            kind: input.string("type")?.map(|kind| kind.into_owned()),
            metadata: input.pairs("metadata")?,
            policies: input.list("policies")?.map(|names| grantable(&names)).transpose()?,
            entities: members("member_entity_ids")?,
            groups: members("member_group_ids")?,
        })
    }

    /// The group that is meant; none for a new one.
    fn target(&self, tx: &mut dyn ViewTx, path: Path) -> Result<Option<Group>, TxFault> {
        let named = match &self.name {
            Some(name) => records::group_by(tx, &By::GroupName(name))?,
            None => None,
        };
        let Some(id) = &self.id else { return Ok(named) };
        // Who may write to one name must not reach another group by its id, as with entities (V-024).
        if matches!(path, Path::Name) && named.as_ref().is_none_or(|group| group.id != *id) {
            return Err(Fault::invalid("the group of that name has another id").into());
        }
        let target = records::group(tx, id)?.ok_or_else(|| Fault::invalid("invalid group ID"))?;
        if named.is_some_and(|group| group.id != target.id) {
            return Err(Fault::invalid("group name is already in use").into());
        }
        Ok(Some(target))
    }

    fn check_kind(&self, group: &Group) -> Result<(), Fault> {
        match &self.kind {
            Some(kind) if kind != group.kind.name() => Err(Fault::invalid("group type cannot be changed")),
            Some(_) | None => Ok(()),
        }
    }

    fn apply(&self, group: &mut Group) -> Result<(), Fault> {
        if group.kind == GroupKind::External {
            if self.entities.is_some() {
                return Err(Fault::invalid("member entities can't be set manually for external groups"));
            }
            if self.groups.is_some() {
                return Err(Fault::invalid("member groups can't be set for external groups"));
            }
        }
        if let Some(name) = &self.name {
            group.name.clone_from(name);
        }
        if let Some(metadata) = &self.metadata {
            group.metadata = Some(metadata.clone());
        }
        if let Some(policies) = &self.policies {
            group.policies = Some(policies.clone());
        }
        group.has_members |= self.entities.is_some();
        Ok(())
    }

    /// Stores what is asked for; gives the group if it is new.
    fn save(
        &self,
        tx: &mut dyn ViewTx,
        path: Path,
        fresh_id: &str,
        now: Timestamp,
    ) -> Result<(Touched, Option<Group>), TxFault> {
        let old = self.target(tx, path)?;
        let mut group = match &old {
            Some(group) => {
                self.check_kind(group)?;
                group.clone()
            }
            None => {
                let kind = kind_named(self.kind.as_deref().unwrap_or_default())?;
                Group::new(fresh_id.to_owned(), made_up_name(fresh_id), kind, now)
            }
        };
        self.apply(&mut group)?;
        if let Some(entities) = &self.entities {
            for id in entities {
                if records::entity(tx, id)?.is_none() {
                    return Err(Fault::invalid(format!("invalid entity ID {id:?}")).into());
                }
            }
            Relation::Member.set(tx, &group.id, entities)?;
        }
        if let Some(groups) = &self.groups {
            check_members(tx, &group.id, groups)?;
            Relation::Parent.set(tx, &group.id, groups)?;
        }
        store(tx, old.as_ref(), &mut group, now)?;
        Ok((Touched::All, old.is_none().then_some(group)))
    }
}

/// Stores a group that was made or changed.
pub(super) fn store(
    tx: &mut dyn ViewTx,
    old: Option<&Group>,
    group: &mut Group,
    now: Timestamp,
) -> Result<(), TxFault> {
    group.modify_index += 1;
    group.updated_nanos = now.nanos();
    Ok(records::save_group(tx, old, group)?)
}

/// Whether groups can be members of a group: they exist, and it is not in them itself.
fn check_members(tx: &mut dyn ViewTx, group: &str, members: &[String]) -> Result<(), TxFault> {
    let mut above = BTreeSet::from([group.to_owned()]);
    let mut waiting = vec![group.to_owned()];
    while let Some(id) = waiting.pop() {
        for parent in records::names(tx, &Relation::Parent.above(&id))? {
            if above.insert(parent.clone()) {
                waiting.push(parent);
            }
        }
    }
    for member in members {
        if above.contains(member) {
            return Err(Fault::invalid(format!(
                "cyclic relationship detected for member group ID {member:?}"
            ))
            .into());
        }
        if records::group(tx, member)?.is_none() {
            return Err(Fault::invalid(format!("invalid member group ID {member:?}")).into());
        }
    }
    Ok(())
}

fn kind_named(name: &str) -> Result<GroupKind, Fault> {
    match name {
        "" | "internal" => Ok(GroupKind::Internal),
        "external" => Ok(GroupKind::External),
        _ => Err(Fault::invalid(format!("invalid group type {name:?}"))),
    }
}

/// The name of a group that nobody has named; as unique as its id.
pub(super) fn made_up_name(id: &str) -> String {
    format!("group_{}", id.replace('-', ""))
}

async fn write(house: &House, request: Request<'_>, path: Path) -> Result<Reply, Fault> {
    let draft = Draft::read(request, path)?;
    let (fresh_id, now) = (random::uuid(&**request.entropy)?, request.now);
    let made = house.unsealed.identity.change(move |tx| draft.save(tx, path, &fresh_id, now)).await?;
    Ok(made.map_or_else(Reply::empty, |group| {
        Reply::object(|w| {
            w.key("id");
            w.string(&group.id);
            w.key("name");
            w.string(&group.name);
        })
    }))
}

async fn read(house: &House, request: Request<'_>, path: Path) -> Result<Reply, Fault> {
    let id = match path {
        Path::Open => None,
        Path::Id => Some(request.params.get("id").to_owned()),
        Path::Name => house.unsealed.identity.id(&By::GroupName(request.params.get("name"))).await?,
    };
    describe(house, id).await?.ok_or_else(Fault::absent)
}

/// The group with that id; none when there is none.
pub(super) async fn describe(house: &House, id: Option<String>) -> Result<Option<Reply>, Fault> {
    let identity = &house.unsealed.identity;
    let Some(id) = id else { return Ok(None) };
    let Some(group) = identity.group(&id).await? else { return Ok(None) };
    let relations = [
        identity.names(&Relation::Member.below(&id)).await?,
        identity.names(&Relation::Parent.below(&id)).await?,
        identity.names(&Relation::Parent.above(&id)).await?,
    ];
    let mounts = house.unsealed.mounts.table();
    Ok(Some(Reply::object(|w| show::group(w, &group, relations, &mounts))))
}

async fn delete(house: &House, request: Request<'_>, path: Path) -> Result<Reply, Fault> {
    let id = request.params.get("id").to_owned();
    let name = request.params.get("name").to_owned();
    house
        .unsealed
        .identity
        .change(move |tx| {
            let group = match path {
                Path::Open | Path::Id => records::group(tx, &id)?,
                Path::Name => records::group_by(tx, &By::GroupName(&name))?,
            };
            let Some(group) = group else { return Ok((Touched::Nobody, ())) };
            records::remove_group(tx, &group)?;
            Ok((Touched::All, ()))
        })
        .await?;
    Ok(Reply::empty())
}

async fn list_by_id(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let identity = &house.unsealed.identity;
    let mut groups = Vec::new();
    for group in identity.groups().await? {
        let members = identity.names(&Relation::Member.below(&group.id)).await?.len();
        let parents = identity.names(&Relation::Parent.above(&group.id)).await?;
        groups.push((group, members, parents));
    }
    if groups.is_empty() {
        return Err(Fault::absent());
    }
    let mounts = house.unsealed.mounts.table();
    Ok(Reply::object(|w| {
        show::listing(
            w,
            &groups,
            |(group, ..)| &group.id,
            |w, (group, members, parents)| show::listed_group(w, group, *members, parents, &mounts),
        );
    }))
}

async fn list_by_name(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let groups = house.unsealed.identity.groups().await?;
    let mut names: Vec<String> = groups.into_iter().map(|group| group.name).collect();
    names.sort();
    Reply::listing(&names)
}
