//! Entities, aliases and groups as answers show them.

use super::record::{Alias, Entity, Group, Metadata};
use crate::mount::{Mount, MountTable};
use kvd_json::Writer;
use kvd_types::Timestamp;
use std::sync::Arc;

/// The name of the only namespace so far.
const NAMESPACE: &str = "root";

/// The mount with that accessor.
pub(super) fn mount_of<'t>(mounts: &'t MountTable, accessor: &str) -> Option<&'t Arc<Mount>> {
    mounts.iter().find(|mount| mount.record.accessor == accessor)
}

/// The members of an entity's object, with the groups that the entity is in.
pub(super) fn entity(
    w: &mut Writer,
    entity: &Entity,
    direct: &[Group],
    inherited: &[Group],
    mounts: &MountTable,
) {
    let ids = |groups: &[Group]| groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>();
    let (direct, inherited) = (ids(direct), ids(inherited));
    w.key("aliases");
    w.begin_array();
    for alias in &entity.aliases {
        w.begin_object();
        alias_members(w, alias, &entity.id, mounts);
        w.key("custom_metadata");
        metadata(w, alias.custom_metadata.as_ref());
        w.key("local");
        w.bool(false);
        w.end_object();
    }
    w.end_array();
    times(w, entity.created_nanos, entity.updated_nanos);
    w.key("direct_group_ids");
    w.strings(&direct);
    w.key("disabled");
    w.bool(entity.disabled);
    w.key("group_ids");
    w.strings([direct, inherited.clone()].concat());
    w.key("id");
    w.string(&entity.id);
    w.key("inherited_group_ids");
    w.strings(&inherited);
    w.key("merged_entity_ids");
    some_strings(w, &entity.merged_ids);
    w.key("metadata");
    metadata(w, entity.metadata.as_ref());
    w.key("name");
    w.string(&entity.name);
    w.key("namespace_id");
    w.string(NAMESPACE);
    w.key("policies");
    w.strings(&entity.policies);
}

/// The members of an alias's own object.
pub(super) fn alias(w: &mut Writer, alias: &Alias, owner: &str, mounts: &MountTable) {
    alias_members(w, alias, owner, mounts);
    w.key("custom_metadata");
    metadata(w, alias.custom_metadata.as_ref());
    w.key("local");
    w.bool(false);
    w.key("namespace_id");
    w.string(NAMESPACE);
}

/// What every object of an alias has; of a mount that is gone only the accessor is left.
fn alias_members(w: &mut Writer, alias: &Alias, owner: &str, mounts: &MountTable) {
    w.key("canonical_id");
    w.string(owner);
    times(w, alias.created_nanos, alias.updated_nanos);
    w.key("id");
    w.string(&alias.id);
    w.key("merged_from_canonical_ids");
    some_strings(w, &alias.merged_from);
    w.key("metadata");
    metadata(w, alias.metadata.as_ref());
    w.key("mount_accessor");
    w.string(&alias.mount);
    mount(w, &alias.mount, mounts);
    w.key("name");
    w.string(&alias.name);
}

/// Path and type of the mount with that accessor, if it is still there.
fn mount(w: &mut Writer, accessor: &str, mounts: &MountTable) {
    if let Some(mount) = mount_of(mounts, accessor) {
        w.key("mount_path");
        w.string(&mount.info.path);
        w.key("mount_type");
        w.string(&mount.record.kind);
    }
}

/// An alias within a listing of aliases.
pub(super) fn listed_alias(w: &mut Writer, alias: &Alias, owner: &str, mounts: &MountTable) {
    w.key("canonical_id");
    w.string(owner);
    w.key("custom_metadata");
    metadata(w, alias.custom_metadata.as_ref());
    w.key("local");
    w.bool(false);
    w.key("metadata");
    metadata(w, alias.metadata.as_ref());
    w.key("mount_accessor");
    w.string(&alias.mount);
    mount(w, &alias.mount, mounts);
    w.key("name");
    w.string(&alias.name);
}

/// An alias within a listing of those who have aliases.
fn listed_name(w: &mut Writer, alias: &Alias, mounts: &MountTable) {
    w.key("id");
    w.string(&alias.id);
    w.key("mount_accessor");
    w.string(&alias.mount);
    mount(w, &alias.mount, mounts);
    w.key("name");
    w.string(&alias.name);
}

/// An entity within a listing of entities.
pub(super) fn listed_entity(w: &mut Writer, entity: &Entity, mounts: &MountTable) {
    if !entity.aliases.is_empty() {
        w.key("aliases");
        w.begin_array();
        for alias in &entity.aliases {
            w.begin_object();
            listed_name(w, alias, mounts);
            w.end_object();
        }
        w.end_array();
    }
    w.key("name");
    w.string(&entity.name);
}

/// A group within a listing of groups.
pub(super) fn listed_group(
    w: &mut Writer,
    group: &Group,
    members: usize,
    parents: &[String],
    mounts: &MountTable,
) {
    if let Some(alias) = &group.alias {
        w.key("alias");
        w.begin_object();
        listed_name(w, alias, mounts);
        w.end_object();
    }
    w.key("name");
    w.string(&group.name);
    w.key("num_member_entities");
    w.int(i64::try_from(members).unwrap_or(i64::MAX));
    w.key("num_parent_groups");
    w.int(i64::try_from(parents.len()).unwrap_or(i64::MAX));
}

/// The members of a group's object.
pub(super) fn group(
    w: &mut Writer,
    group: &Group,
    [entities, groups, parents]: [Vec<String>; 3],
    mounts: &MountTable,
) {
    w.key("alias");
    w.begin_object();
    if let Some(alias) = &group.alias {
        alias_members(w, alias, &group.id, mounts);
    }
    w.end_object();
    times(w, group.created_nanos, group.updated_nanos);
    w.key("id");
    w.string(&group.id);
    w.key("member_entity_ids");
    if group.has_members {
        w.strings(&entities)
    } else {
        some_strings(w, &entities)
    }
    w.key("member_group_ids");
    some_strings(w, &groups);
    w.key("metadata");
    metadata(w, group.metadata.as_ref());
    w.key("modify_index");
    w.int(group.modify_index);
    w.key("name");
    w.string(&group.name);
    w.key("namespace_id");
    w.string(NAMESPACE);
    w.key("parent_group_ids");
    some_strings(w, &parents);
    w.key("policies");
    match &group.policies {
        Some(policies) => w.strings(policies),
        None => w.null(),
    }
    w.key("type");
    w.string(group.kind.name());
}

fn times(w: &mut Writer, created: i64, updated: i64) {
    w.key("creation_time");
    w.display(Timestamp::from_nanos(created));
    w.key("last_update_time");
    w.display(Timestamp::from_nanos(updated));
}

fn metadata(w: &mut Writer, metadata: Option<&Metadata>) {
    let Some(metadata) = metadata else { return w.null() };
    w.begin_object();
    for (name, value) in metadata {
        w.key(name);
        w.string(value);
    }
    w.end_object();
}

/// A list, or null where there is nothing in it.
fn some_strings(w: &mut Writer, texts: &[String]) {
    if texts.is_empty() { w.null() } else { w.strings(texts) }
}

/// The keys of a listing with what there is to say about each.
pub(super) fn listing<T>(
    w: &mut Writer,
    items: &[T],
    key: impl Fn(&T) -> &str,
    write: impl Fn(&mut Writer, &T),
) {
    w.key("key_info");
    w.begin_object();
    for item in items {
        w.key(key(item));
        w.begin_object();
        write(w, item);
        w.end_object();
    }
    w.end_object();
    w.key("keys");
    w.strings(items.iter().map(key).collect::<Vec<_>>());
}
