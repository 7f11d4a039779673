//! Finds the entity of a login, and makes it at the first one.
//!
//! It happens in the transaction that makes the token. A login that repeats what is known reads three records and writes
//! nothing of identity.

use super::{
    generations::Touched,
    record::{Alias, Entity, GroupKind, Metadata},
    records::{self, By, Relation},
};
use crate::{fault::TxFault, random};
use kvd_barrier::BarrierTx;
use kvd_storage::{Page, Table, ViewError, ViewTx};
use kvd_types::{Entropy, Fault, Timestamp};
use std::collections::BTreeSet;

/// Somebody who has proved to an auth method who they are.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// The accessor of the method's mount.
    mount: String,
    /// The name by which the method knows them.
    name: String,
    /// What the method found out about them.
    metadata: Option<Metadata>,
    /// The names of the groups that the method says they are in.
    groups: Vec<String>,
    /// The ids of an entity and an alias, for the first visit.
    fresh: [String; 2],
}

/// Whose token a login gives.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// Empty for nobody's.
    pub(crate) entity_id: String,
    /// Whether this was the first visit.
    pub(crate) is_new: bool,
    /// To be told to the store once the transaction is durable.
    pub(crate) touched: Touched,
}

impl Resolved {
    /// An entity that is known already, or nobody when `entity_id` is empty.
    pub(crate) fn known(entity_id: String) -> Self {
        Self { entity_id, is_new: false, touched: Touched::Nobody }
    }
}

impl Visitor {
    /// # Errors
    /// When there is no randomness.
    pub(crate) fn new(
        entropy: &dyn Entropy,
        mount: &str,
        name: &str,
        metadata: Option<Metadata>,
        groups: Vec<String>,
    ) -> Result<Self, Fault> {
        let fresh = [random::uuid(entropy)?, random::uuid(entropy)?];
        Ok(Self { mount: mount.to_owned(), name: name.to_owned(), metadata, groups, fresh })
    }

    /// The entity of the visitor, as part of a transaction.
    ///
    /// # Errors
    /// When the entity is disabled, or the store fails.
    pub(crate) fn resolve(&self, tx: &mut BarrierTx<'_>, now: Timestamp) -> Result<Resolved, TxFault> {
        // A method that has no name for its callers has nobody to tell from anybody else.
        if self.name.is_empty() {
            return Ok(Resolved::known(String::new()));
        }
        let view = &mut records::of(tx);
        let by = By::Alias { mount: &self.mount, name: &self.name };
        let (entity, is_new, mut has_changed) = match records::entity_by(view, &by)? {
            None => (self.first_visit(view, now)?, true, false),
            Some(entity) if entity.disabled => return Err(Fault::permission_denied().into()),
            Some(entity) => {
                let changed = self.note_metadata(view, &entity, now)?;
                (entity, false, changed)
            }
        };
        has_changed |= self.follow_groups(view, &entity.id)?;
        let touched = if has_changed { Touched::by(&entity) } else { Touched::Nobody };
        Ok(Resolved { entity_id: entity.id, is_new, touched })
    }

    fn first_visit(&self, view: &mut dyn ViewTx, now: Timestamp) -> Result<Entity, ViewError> {
        let [id, alias_id] = self.fresh.clone();
        let mut entity = Entity::new(id.clone(), made_up_name(&id), now);
        let mut alias = Alias::new(alias_id, self.name.clone(), self.mount.clone(), now);
        alias.metadata.clone_from(&self.metadata);
        entity.aliases.push(alias);
        records::save_entity(view, None, &entity)?;
        Ok(entity)
    }

    /// Takes over what the method found out, where it is something else than the last time. Only the alias that was
    /// logged in by changes (V-019).
    fn note_metadata(&self, view: &mut dyn ViewTx, old: &Entity, now: Timestamp) -> Result<bool, ViewError> {
        let mut entity = old.clone();
        let Some(alias) = entity.aliases.iter_mut().find(|alias| alias.mount == self.mount) else {
            return Ok(false);
        };
        if alias.metadata == self.metadata {
            return Ok(false);
        }
        alias.metadata.clone_from(&self.metadata);
        alias.updated_nanos = now.nanos();
        records::save_entity(view, Some(old), &entity)?;
        Ok(true)
    }

    /// Makes the entity a member of exactly those external groups of this mount that the method names (V-020).
    fn follow_groups(&self, view: &mut dyn ViewTx, entity: &str) -> Result<bool, ViewError> {
        let any = Page { after: None, limit: Some(1) };
        if view.list(Table::System, &records::group_aliases_of(&self.mount), any)?.is_empty() {
            return Ok(false);
        }
        let mut named = BTreeSet::new();
        for name in &self.groups {
            named.extend(records::id(view, &By::GroupAlias { mount: &self.mount, name })?);
        }
        let mut has_changed = false;
        for group in records::names(view, &Relation::Member.above(entity))? {
            if named.remove(&group) {
                continue;
            }
            let is_of_mount = records::group(view, &group)?.is_some_and(|group| {
                group.kind == GroupKind::External
                    && group.alias.is_some_and(|alias| alias.mount == self.mount)
            });
            if is_of_mount {
                Relation::Member.leave(view, entity, &group);
                has_changed = true;
            }
        }
        for group in &named {
            Relation::Member.join(view, entity, group)?;
            has_changed = true;
        }
        Ok(has_changed)
    }
}

/// The name of an entity that nobody has named; as unique as its id.
pub(super) fn made_up_name(id: &str) -> String {
    format!("entity_{}", id.replace('-', ""))
}
