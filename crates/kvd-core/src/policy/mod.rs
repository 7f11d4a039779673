//! Policies: kept in the store, compiled once per distinct set, in force from the moment a change is answered.

use crate::{
    fault::{self, TxFault},
    seal::views,
    token::TokenState,
};
use arc_swap::ArcSwap;
use kvd_barrier::Barrier;
use kvd_policy::{Acl, NoIdentity, Policy, PolicyName};
use kvd_storage::{Page, Slot, Table, View, ViewError, transact};
use kvd_types::{Fault, Secret};
use quick_cache::sync::Cache;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
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

/// The compiled policies of a token, and the state of all policies that they were compiled from.
pub(crate) struct Compiled {
    epoch: u64,
    acl: Arc<Acl>,
}

/// The policies of an unsealed vault.
pub(crate) struct PolicyStore {
    view: Arc<dyn View>,
    root: Arc<Acl>,
    caches: ArcSwap<Caches>,
    /// Raised by every change after it is durable and before it is answered: what was compiled before is not used after.
    epoch: AtomicU64,
}

/// What was parsed and compiled in one epoch. A change replaces the whole, so a slow reader of the old state can only
/// fill caches that nobody asks any more.
struct Caches {
    epoch: u64,
    policies: Cache<PolicyName, Option<Arc<Policy>>>,
    sets: Cache<String, Arc<Acl>>,
}

impl Caches {
    fn of(epoch: u64) -> Arc<Self> {
        Arc::new(Self { epoch, policies: Cache::new(PARSED), sets: Cache::new(COMPILED_SETS) })
    }
}

fn slot(name: &PolicyName) -> Slot<'_> {
    Slot { table: Table::System, folder: FOLDER, name: name.as_str(), version: 0 }
}

impl PolicyStore {
    pub(crate) fn new(barrier: &Arc<Barrier>) -> Self {
        Self {
            view: views::system(barrier, views::POLICIES),
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
    /// When the store fails, or a stored policy cannot be read any more: then nothing is permitted.
    pub(crate) async fn acl(&self, token: &TokenState) -> Result<Arc<Acl>, Fault> {
        if token.is_root() {
            return Ok(Arc::clone(&self.root));
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        if let Some(compiled) = &*token.compiled.load()
            && compiled.epoch == epoch
        {
            return Ok(Arc::clone(&compiled.acl));
        }
        let (epoch, acl) = self.compile(&token.entry.policies).await?;
        token.compiled.store(Some(Arc::new(Compiled { epoch, acl: Arc::clone(&acl) })));
        Ok(acl)
    }

    /// What somebody with these policies and no identity may do.
    ///
    /// # Errors
    /// When the store fails, or a stored policy cannot be read any more.
    pub(crate) async fn acl_of_names(&self, names: &[String]) -> Result<Arc<Acl>, Fault> {
        match names.iter().any(|name| name == ROOT) {
            true => Ok(Arc::clone(&self.root)),
            false => Ok(self.compile(names).await?.1),
        }
    }

    async fn compile(&self, names: &[String]) -> Result<(u64, Arc<Acl>), Fault> {
        let caches = self.caches.load_full();
        let key = names.join("\n");
        if let Some(acl) = caches.sets.get(&key) {
            return Ok((caches.epoch, acl));
        }
        let mut policies = Vec::with_capacity(names.len());
        for name in names {
            // A name that is none, such as one from an older version, grants nothing.
            let Ok(name) = PolicyName::parse(name) else { continue };
            policies.extend(self.cached(&caches, &name).await?);
        }
        let acl = Arc::new(Acl::compile(&policies, &NoIdentity));
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
