//! Reads and changes what is stored of identities, and keeps the standing of entities whose tokens are in use.

use super::{
    generations::{Generations, Touched},
    record::{Entity, Group},
    records::{self, By, MERGED, Relation, decode, decode_id, slot},
    standing::Standing,
};
use crate::{
    fault::{self, TxFault},
    seal::views,
};
use kvd_barrier::Barrier;
use kvd_storage::{Page, Table, View, ViewTx, fetch, transact};
use kvd_types::Fault;
use quick_cache::sync::Cache;
use serde::de::DeserializeOwned;
use std::{collections::BTreeSet, sync::Arc};

/// Entities whose standing is kept in memory; that of one more is found out when it is needed.
const STANDINGS: usize = 4096;

/// The identities of an unsealed vault.
pub(crate) struct IdentityStore {
    view: Arc<dyn View>,
    /// By the entity's id as tokens say it. Each is good as long as its stamp is the present one.
    standings: Cache<String, Arc<Standing>>,
    generations: Generations,
}

impl IdentityStore {
    pub(crate) fn new(barrier: &Arc<Barrier>) -> Self {
        Self {
            view: views::system(barrier, views::IDENTITY),
            standings: Cache::new(STANDINGS),
            generations: Generations::new(),
        }
    }

    /// A number that every change which concerns a token of `entity` raises before it is answered; 0 for a token
    /// without an entity, which none concerns.
    pub(crate) fn stamp(&self, entity: &str) -> u64 {
        if entity.is_empty() { 0 } else { self.generations.stamp(entity) }
    }

    /// To be called when a change is durable and before it is answered.
    pub(crate) fn changed(&self, touched: &Touched) {
        self.generations.count(touched);
    }

    /// The standing of the entity that a token names, of a state not older than the call; none when it is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn standing(&self, entity: &str) -> Result<Option<Arc<Standing>>, Fault> {
        // Before anything is read: what changes meanwhile makes the result too old to be used again.
        let stamp = self.stamp(entity);
        if let Some(standing) = self.standings.get(entity).filter(|known| known.stamp() == stamp) {
            return Ok(Some(standing));
        }
        let Some(found) = self.of_token(entity).await? else { return Ok(None) };
        let (direct, inherited) = self.groups_of(&found.id).await?;
        let standing = Arc::new(Standing::new(stamp, found, direct, inherited));
        self.standings.insert(entity.to_owned(), Arc::clone(&standing));
        Ok(Some(standing))
    }

    /// The policies that the entity of a token brings it, sorted; none without an entity.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn policies(&self, entity: &str) -> Result<Vec<String>, Fault> {
        if entity.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.standing(entity).await?.map_or_else(Vec::new, |standing| standing.policies().to_vec()))
    }

    /// Runs `change` as one transaction. What it says it touched is judged anew from the answer on.
    ///
    /// # Errors
    /// When `change` refuses or the store fails.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut dyn ViewTx) -> Result<(Touched, T), TxFault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (touched, value) = transact(&*self.view, change).await?;
        self.changed(&touched);
        Ok(value)
    }

    /// The entity with that id.
    pub(super) async fn entity(&self, id: &str) -> Result<Option<Entity>, Fault> {
        self.read(records::ENTITIES, id).await
    }

    /// The entity that a token names, or the one that it was merged into.
    async fn of_token(&self, id: &str) -> Result<Option<Entity>, Fault> {
        if let Some(entity) = self.entity(id).await? {
            return Ok(Some(entity));
        }
        let merged = fetch(&*self.view, slot(MERGED, id)).await.map_err(fault::storage)?;
        match merged.map(|opened| decode_id(&opened)).transpose().map_err(fault::storage)? {
            Some(id) => self.entity(&id).await,
            None => Ok(None),
        }
    }

    /// The group with that id.
    pub(super) async fn group(&self, id: &str) -> Result<Option<Group>, Fault> {
        self.read(records::GROUPS, id).await
    }

    /// The id that an index holds.
    pub(super) async fn id(&self, by: &By<'_>) -> Result<Option<String>, Fault> {
        let (folder, name) = by.place();
        let found = fetch(&*self.view, slot(&folder, &name)).await.map_err(fault::storage)?;
        found.map(|opened| decode_id(&opened)).transpose().map_err(fault::storage)
    }

    /// The entity that an index leads to.
    pub(super) async fn entity_by(&self, by: &By<'_>) -> Result<Option<Entity>, Fault> {
        match self.id(by).await? {
            Some(id) => self.entity(&id).await,
            None => Ok(None),
        }
    }

    /// The group that an index leads to.
    pub(super) async fn group_by(&self, by: &By<'_>) -> Result<Option<Group>, Fault> {
        match self.id(by).await? {
            Some(id) => self.group(&id).await,
            None => Ok(None),
        }
    }

    /// All entities, by id. Opens each of them.
    pub(super) async fn entities(&self) -> Result<Vec<Entity>, Fault> {
        self.all(records::ENTITIES).await
    }

    /// All groups, by id. Opens each of them.
    pub(super) async fn groups(&self) -> Result<Vec<Group>, Fault> {
        self.all(records::GROUPS).await
    }

    /// How many entities there are.
    pub(crate) async fn count(&self) -> Result<usize, Fault> {
        Ok(self.names(records::ENTITIES).await?.len())
    }

    /// The names in a folder.
    pub(super) async fn names(&self, folder: &str) -> Result<Vec<String>, Fault> {
        self.view.list(Table::System, folder, Page::default()).await.map_err(fault::storage)
    }

    /// The groups that an entity is a member of, and those that it is in because of them; both by id.
    async fn groups_of(&self, entity: &str) -> Result<(Vec<Group>, Vec<Group>), Fault> {
        let direct = self.names(&Relation::Member.above(entity)).await?;
        let mut seen: BTreeSet<String> = direct.iter().cloned().collect();
        let mut waiting = direct.clone();
        while let Some(group) = waiting.pop() {
            for parent in self.names(&Relation::Parent.above(&group)).await? {
                if seen.insert(parent.clone()) {
                    waiting.push(parent);
                }
            }
        }
        let inherited = seen.iter().filter(|id| !direct.contains(id));
        let inherited = self.groups_named(inherited).await?;
        Ok((self.groups_named(direct.iter()).await?, inherited))
    }

    async fn groups_named(&self, ids: impl Iterator<Item = &String>) -> Result<Vec<Group>, Fault> {
        let mut groups = Vec::new();
        for id in ids {
            groups.extend(self.group(id).await?);
        }
        Ok(groups)
    }

    async fn read<T: DeserializeOwned>(&self, folder: &str, id: &str) -> Result<Option<T>, Fault> {
        let found = fetch(&*self.view, slot(folder, id)).await.map_err(fault::storage)?;
        found.map(|opened| decode(&opened)).transpose().map_err(fault::storage)
    }

    async fn all<T: DeserializeOwned>(&self, folder: &str) -> Result<Vec<T>, Fault> {
        let records = self.view.list_records(Table::System, folder).await.map_err(fault::storage)?;
        let decoded = records.iter().map(|(_, opened)| decode(opened)).collect::<Result<_, _>>();
        decoded.map_err(fault::storage)
    }
}
