//! What it means for a token to belong to an entity: policies, groups, and the values that templates ask for.

use super::record::{Entity, Group, Metadata};
use kvd_policy::{GroupRef, IdentityValues, Selector};
use std::borrow::Cow;

/// An entity with all that it has from its groups, as it was at one moment.
pub(crate) struct Standing {
    /// The generation of that moment: it says whether this still holds.
    pub(super) stamp: u64,
    entity: Entity,
    direct: Vec<Group>,
    inherited: Vec<Group>,
    policies: Vec<String>,
}

impl Standing {
    pub(super) fn new(stamp: u64, entity: Entity, direct: Vec<Group>, inherited: Vec<Group>) -> Self {
        let of_groups = direct.iter().chain(&inherited).flat_map(|group| group.policies.iter().flatten());
        let mut policies: Vec<String> = entity.policies.iter().chain(of_groups).cloned().collect();
        policies.sort();
        policies.dedup();
        Self { stamp, entity, direct, inherited, policies }
    }

    /// The generation in which it was found out.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The entity, which has another id than the token says where it was merged into another.
    pub(super) fn entity(&self) -> &Entity {
        &self.entity
    }

    /// The id of the entity.
    pub(crate) fn entity_id(&self) -> &str {
        &self.entity.id
    }

    /// Whether nobody gets in as this entity.
    pub(crate) fn is_disabled(&self) -> bool {
        self.entity.disabled
    }

    /// The policies of the entity and of all its groups, sorted.
    pub(crate) fn policies(&self) -> &[String] {
        &self.policies
    }

    /// The groups that the entity itself is a member of.
    pub(super) fn direct(&self) -> &[Group] {
        &self.direct
    }

    /// The groups that it is in because of those.
    pub(super) fn inherited(&self) -> &[Group] {
        &self.inherited
    }

    fn group(&self, wanted: &GroupRef) -> Option<&Group> {
        self.direct.iter().chain(&self.inherited).find(|group| match wanted {
            GroupRef::Id(id) => group.id == *id,
            GroupRef::Name(name) => group.name == *name,
        })
    }
}

impl IdentityValues for Standing {
    fn value(&self, selector: &Selector) -> Option<Cow<'_, str>> {
        let alias = |accessor: &str| self.entity.alias_on(accessor);
        let value = match selector {
            Selector::EntityId => Some(&self.entity.id),
            Selector::EntityName => Some(&self.entity.name),
            Selector::EntityMetadata { key } => entry(self.entity.metadata.as_ref(), key),
            Selector::AliasId { accessor } => alias(accessor).map(|a| &a.id),
            Selector::AliasName { accessor } => alias(accessor).map(|a| &a.name),
            Selector::AliasMetadata { accessor, key } => {
                entry(alias(accessor).and_then(|a| a.metadata.as_ref()), key)
            }
            Selector::AliasCustomMetadata { accessor, key } => {
                entry(alias(accessor).and_then(|a| a.custom_metadata.as_ref()), key)
            }
            Selector::GroupId(group) => self.group(group).map(|g| &g.id),
            Selector::GroupName(group) => self.group(group).map(|g| &g.name),
            Selector::GroupMetadata { group, key } => {
                entry(self.group(group).and_then(|g| g.metadata.as_ref()), key)
            }
            Selector::Unknown => None,
        };
        value.map(|text| Cow::Borrowed(text.as_str()))
    }
}

fn entry<'a>(metadata: Option<&'a Metadata>, key: &str) -> Option<&'a String> {
    metadata.and_then(|map| map.get(key))
}
