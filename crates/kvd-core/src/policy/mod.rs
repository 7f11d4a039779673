//! Policies: kept in the store, compiled once per distinct set, in force from the moment a change is answered.

#[cfg(test)]
mod tests;

use crate::{
    fault::{self, TxFault},
    identity::{IdentityStore, Standing},
    seal::views,
    token::{TokenEntry, TokenState, normalized},
};
use arc_swap::ArcSwap;
use kvd_barrier::Barrier;
use kvd_policy::{Acl, IdentityValues, NoIdentity, Policy, PolicyName};
use kvd_storage::{Page, Slot, Table, View, ViewError, transact};
use kvd_types::{Fault, Secret};
use quick_cache::{Weighter, sync::Cache};
use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The name that no policy of the store can have.
pub(crate) const ROOT: &str = "root";
/// What every token gets that does not refuse it.
pub(crate) const DEFAULT: &str = "default";
/// What wrapping tokens have; nobody can give it out.
pub(crate) const RESPONSE_WRAPPING: &str = "response-wrapping";

const FOLDER: &str = "acl/";
/// Distinct sets of policies that are kept compiled; a set over this is compiled when it is used.
const COMPILED_SETS: usize = 4096;
/// Policies that are kept parsed.
const PARSED: usize = 4096;
/// Bytes that either cache may take up, as far as they can be told: a policy can be a megabyte long (V-012).
const CACHE_BYTES: u64 = 16 << 20;
/// About the bytes of an entry without its texts, and of a rule.
const ENTRY: usize = 512;

/// The compiled policies of a token, and the state of policies and identity that they were compiled from.
pub(crate) struct Compiled {
    epoch: u64,
    identity_stamp: u64,
    acl: Arc<Acl>,
    /// The entity of the token; none for a token without one.
    standing: Option<Arc<Standing>>,
    /// The token's own policies and those of its entity, sorted; none where the entity brings no others.
    all: Option<Vec<String>>,
}

impl Compiled {
    /// The policies that the token's entity brings.
    pub(crate) fn of_identity(&self) -> &[String] {
        self.standing.as_ref().map_or(&[], |standing| standing.policies())
    }

    /// All policies, where there are others than the token's own.
    pub(crate) fn all(&self) -> Option<&[String]> {
        self.all.as_deref()
    }
}

/// The policies of a token together with those of its entity, sorted.
pub(crate) fn together<'a>(own: &'a [String], of_identity: &[String]) -> Cow<'a, [String]> {
    if of_identity.is_empty() {
        return Cow::Borrowed(own);
    }
    let mut all = [own, of_identity].concat();
    all.sort();
    all.dedup();
    Cow::Owned(all)
}

/// The policies that somebody wants to give out, in the one spelling that is stored. Whoever takes a list of policies
/// from a caller, be it of an entity, a group or a login, takes it through here (V-023).
///
/// # Errors
/// When one of them is none, or is one that only the vault itself gives out, in whatever spelling (V-021, V-022).
pub(crate) fn grantable(names: &[String]) -> Result<Vec<String>, Fault> {
    let names = normalized(names);
    for name in &names {
        if matches!(name.as_str(), ROOT | RESPONSE_WRAPPING) {
            return Err(Fault::invalid(format!("policies cannot contain {name}")));
        }
        PolicyName::parse(name).map_err(|e| Fault::invalid(e.to_string()))?;
    }
    Ok(names)
}

/// The policies of an unsealed vault.
pub(crate) struct PolicyStore {
    view: Arc<dyn View>,
    identity: Arc<IdentityStore>,
    root: Arc<Acl>,
    caches: ArcSwap<Caches>,
    /// Raised by every change after it is durable and before it is answered: what was compiled before is not used after.
    epoch: AtomicU64,
}

/// What was parsed and compiled in one epoch. A change replaces the whole, so a slow reader of the old state can only
/// fill caches that nobody asks any more.
struct Caches {
    epoch: u64,
    policies: Cache<PolicyName, Option<Arc<Policy>>, Sizes>,
    sets: Cache<String, Arc<Acl>, Sizes>,
}

impl Caches {
    fn of(epoch: u64) -> Arc<Self> {
        Arc::new(Self {
            epoch,
            policies: Cache::with_weighter(PARSED, CACHE_BYTES, Sizes),
            sets: Cache::with_weighter(COMPILED_SETS, CACHE_BYTES, Sizes),
        })
    }
}

/// About how many bytes an entry takes up.
#[derive(Clone)]
struct Sizes;

impl Weighter<PolicyName, Option<Arc<Policy>>> for Sizes {
    fn weight(&self, name: &PolicyName, policy: &Option<Arc<Policy>>) -> u64 {
        // The text, and its rules once more.
        let text = policy.as_ref().map_or(0, |policy| policy.text().len() * 3);
        bytes(ENTRY + name.as_str().len() + text)
    }
}

impl Weighter<String, Arc<Acl>> for Sizes {
    fn weight(&self, key: &String, acl: &Arc<Acl>) -> u64 {
        bytes(ENTRY + key.len() + (acl.grants().len() + acl.denies().len()) * ENTRY)
    }
}

fn bytes(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn slot(name: &PolicyName) -> Slot<'_> {
    Slot { table: Table::System, folder: FOLDER, name: name.as_str(), version: 0 }
}

impl PolicyStore {
    pub(crate) fn new(barrier: &Arc<Barrier>, identity: &Arc<IdentityStore>) -> Self {
        Self {
            view: views::system(barrier, views::POLICIES),
            identity: Arc::clone(identity),
            root: Arc::new(Acl::root()),
            caches: ArcSwap::new(Caches::of(0)),
            epoch: AtomicU64::new(0),
        }
    }

    /// Puts the policies in place that every vault has.
    pub(crate) async fn write_built_in(&self) -> Result<(), Fault> {
        for policy in [Policy::default_policy(), Policy::response_wrapping()] {
            self.write(policy.map_err(Fault::internal)?).await?;
        }
        Ok(())
    }

    /// What a token may do. The answer is that of a state not older than the call.
    ///
    /// # Errors
    /// When the token's entity is disabled or gone, the store fails, or a stored policy cannot be read any more: then
    /// nothing is permitted.
    pub(crate) async fn acl(&self, token: &TokenState) -> Result<Arc<Acl>, Fault> {
        if token.is_root() {
            return Ok(Arc::clone(&self.root));
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        if let Some(compiled) = &*token.compiled.load()
            && compiled.epoch == epoch
            && compiled.identity_stamp == self.identity.stamp(&token.entry.entity_id)
        {
            return Ok(Arc::clone(&compiled.acl));
        }
        let compiled = Arc::new(Box::pin(self.compile(&token.entry)).await?);
        token.compiled.store(Some(Arc::clone(&compiled)));
        Ok(Arc::clone(&compiled.acl))
    }

    /// What somebody with these policies and no identity may do.
    ///
    /// # Errors
    /// When the store fails, or a stored policy cannot be read any more.
    pub(crate) async fn acl_of_names(&self, names: &[String]) -> Result<Arc<Acl>, Fault> {
        match names.iter().any(|name| name == ROOT) {
            true => Ok(Arc::clone(&self.root)),
            false => Ok(self.compile_set(names, None).await?.1),
        }
    }

    async fn compile(&self, token: &TokenEntry) -> Result<Compiled, Fault> {
        let standing = match token.entity_id.as_str() {
            "" => None,
            id => {
                let standing = self.identity.standing(id).await?;
                let enabled = standing.filter(|standing| !standing.is_disabled());
                Some(enabled.ok_or_else(Fault::permission_denied)?)
            }
        };
        let of_identity = standing.as_ref().map_or::<&[String], _>(&[], |standing| standing.policies());
        let names = together(&token.policies, of_identity);
        let (epoch, acl) = self.compile_set(&names, standing.as_deref()).await?;
        let all = match names {
            Cow::Borrowed(_) => None,
            Cow::Owned(names) => Some(names),
        };
        let identity_stamp = standing.as_ref().map_or(0, |standing| standing.stamp());
        Ok(Compiled { epoch, identity_stamp, acl, standing, all })
    }

    async fn compile_set(
        &self,
        names: &[String],
        standing: Option<&Standing>,
    ) -> Result<(u64, Arc<Acl>), Fault> {
        let caches = self.caches.load_full();
        let mut key = names.join("\n");
        if let Some(acl) = caches.sets.get(&key) {
            return Ok((caches.epoch, acl));
        }
        let mut policies = Vec::with_capacity(names.len());
        for name in names {
            // A name that is none, such as one from an older version, grants nothing.
            let Ok(name) = PolicyName::parse(name) else { continue };
            policies.extend(self.cached(&caches, &name).await?);
        }
        let mut values: &dyn IdentityValues = &NoIdentity;
        if policies.iter().any(|policy| policy.is_templated()) {
            // Such a set means something else for each entity, and at each state of it. No name of a policy has a NUL.
            key.push('\0');
            if let Some(standing) = standing {
                key.push_str(&format!("{} {}", standing.entity_id(), standing.stamp()));
                values = standing;
            }
            if let Some(acl) = caches.sets.get(&key) {
                return Ok((caches.epoch, acl));
            }
        }
        let acl = Arc::new(Acl::compile(&policies, values));
        caches.sets.insert(key, Arc::clone(&acl));
        Ok((caches.epoch, acl))
    }

    async fn cached(&self, caches: &Caches, name: &PolicyName) -> Result<Option<Arc<Policy>>, Fault> {
        if let Some(policy) = caches.policies.get(name) {
            return Ok(policy);
        }
        let policy = match self.text(name).await? {
            Some(text) => Some(Arc::new(
                Policy::parse(name.clone(), &text)
                    .map_err(|_| fault::storage(ViewError::Malformed { what: "policies" }))?,
            )),
            None => None,
        };
        caches.policies.insert(name.clone(), policy.clone());
        Ok(policy)
    }

    /// Bytes of both caches.
    #[cfg(test)]
    fn cached_bytes(&self) -> u64 {
        let caches = self.caches.load();
        caches.policies.weight() + caches.sets.weight()
    }

    /// The text of a policy, to the byte.
    pub(crate) async fn text(&self, name: &PolicyName) -> Result<Option<String>, Fault> {
        let opened = self.view.get(slot(name)).await.map_err(fault::storage)?;
        opened
            .map(|o| String::from_utf8(Vec::clone(o.plain.expose())))
            .transpose()
            .map_err(|_| fault::storage(ViewError::Malformed { what: "policies" }))
    }

    /// Whether there is such a policy.
    pub(crate) async fn exists(&self, name: &PolicyName) -> Result<bool, Fault> {
        Ok(self.view.get(slot(name)).await.map_err(fault::storage)?.is_some())
    }

    /// The names of all policies, sorted.
    pub(crate) async fn names(&self) -> Result<Vec<String>, Fault> {
        self.view.list(Table::System, FOLDER, Page::default()).await.map_err(fault::storage)
    }

    /// Sets a policy.
    pub(crate) async fn write(&self, policy: Policy) -> Result<(), Fault> {
        let (name, text) = (policy.name().clone(), Secret::new(policy.text().to_owned()));
        transact(&*self.view, move |tx| {
            tx.put(slot(&name), text.expose().as_bytes())?;
            Ok::<_, TxFault>(())
        })
        .await?;
        self.changed();
        Ok(())
    }

    /// Removes a policy, if it is there.
    pub(crate) async fn delete(&self, name: &PolicyName) -> Result<(), Fault> {
        let name = name.clone();
        transact(&*self.view, move |tx| {
            tx.delete(slot(&name));
            Ok::<_, TxFault>(())
        })
        .await?;
        self.changed();
        Ok(())
    }

    /// New caches first, then the new epoch: whoever sees the epoch finds no older policy in the caches.
    fn changed(&self) {
        // The count may run ahead of the caches when two changes meet; then tokens compile once more than they had to.
        let epoch = self.epoch.load(Ordering::Acquire) + 1;
        self.caches.store(Caches::of(epoch));
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }
}
