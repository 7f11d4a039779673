//! Where tokens are kept: one record and three indexes each, changed in one transaction.
//!
//! | folder | name | holds |
//! | --- | --- | --- |
//! | `id/` | hash of the token | the entry |
//! | `accessor/` | accessor | the hash |
//! | `child/<hash of the parent>/` | hash | nothing |
//! | `due/<minute>/` (leases) | hash | nothing |
//!
//! A token that ends is found by the minute in which it ends, so a sweep reads only what is due. Its end is also
//! checked at every use; the sweep only cleans up.

use super::entry::{TokenEntry, TokenState};
use crate::{
    fault::{self, TxFault},
    random,
    seal::views,
    tx,
};
use kvd_barrier::{Barrier, BarrierTx, HmacKey};
use kvd_storage::{Opened, Page, Peek, Slot, Table, View, ViewError, ViewTx, transact};
use kvd_types::{Entropy, Fault, NamespaceId, Secret, Timestamp, ViewId};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Tokens in use that are kept in memory.
const IN_USE: usize = 20_000;
const ID: &str = "id/";
const ACCESSOR: &str = "accessor/";

/// The keyed hash by which a token is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// What a token is to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewToken {
    /// The token itself where the caller may choose it.
    pub(crate) id: Option<Secret<String>>,
    pub(crate) policies: Vec<String>,
    pub(crate) path: String,
    pub(crate) meta: Option<BTreeMap<String, String>>,
    pub(crate) display_name: String,
    pub(crate) num_uses: u64,
    /// The time it is given; none for a token without an end.
    pub(crate) ttl: Option<Duration>,
    pub(crate) explicit_max: Duration,
    pub(crate) period: Duration,
    pub(crate) renewable: bool,
    pub(crate) parent: Option<TokenHash>,
    pub(crate) bound_cidrs: Vec<String>,
    pub(crate) role: Option<String>,
    pub(crate) from_init: bool,
}

/// The tokens of an unsealed vault.
pub(crate) struct TokenStore {
    barrier: Arc<Barrier>,
    view: Arc<dyn View>,
    key: HmacKey,
    in_use: Cache<TokenHash, Arc<TokenState>>,
    /// Raised by every change under this lock, which is also held to fill the cache: what was read before a change
    /// is not put in after it.
    changes: Mutex<u64>,
    /// The view of the cubbyhole, whose folders go with their tokens.
    cubbyhole: Mutex<Option<ViewId>>,
}

impl TokenStore {
    pub(crate) fn new(barrier: &Arc<Barrier>) -> Result<Self, Fault> {
        Ok(Self {
            barrier: Arc::clone(barrier),
            view: views::system(barrier, views::TOKENS),
            key: barrier.purpose_key("token").map_err(Fault::internal)?,
            in_use: Cache::new(IN_USE),
            changes: Mutex::new(0),
            cubbyhole: Mutex::new(None),
        })
    }

    /// Says where the folders lie that go with their tokens.
    pub(crate) fn set_cubbyhole(&self, view: ViewId) {
        *self.cubbyhole.lock() = Some(view);
    }

    /// The keyed hash of a token.
    pub(crate) fn hash(&self, token: &str) -> TokenHash {
        TokenHash(self.key.sign(token.as_bytes()))
    }

    /// The token, if it is good at the moment.
    pub(crate) async fn present(
        &self,
        token: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<Arc<TokenState>>, Fault> {
        Ok(self.by_hash(self.hash(token.expose())).await?.filter(|state| state.is_alive(now)))
    }

    /// The token with that hash, be it ended.
    pub(crate) async fn by_hash(&self, hash: TokenHash) -> Result<Option<Arc<TokenState>>, Fault> {
        if let Some(state) = self.in_use.get(&hash) {
            return Ok(Some(state));
        }
        let before = *self.changes.lock();
        let name = hash.to_hex();
        let opened = match self.view.peek(id_slot(&name)).map_err(fault::storage)? {
            Peek::Known(known) => known,
            Peek::OnDisk => self.view.get(id_slot(&name)).await.map_err(fault::storage)?,
        };
        let Some(opened) = opened else { return Ok(None) };
        let state = TokenState::new(hash, decode(&opened).map_err(fault::storage)?);
        // A token that counts its uses is read afresh each time.
        if state.entry.num_uses == 0 && !state.entry.spent {
            let changes = self.changes.lock();
            if *changes == before {
                self.in_use.insert(hash, Arc::clone(&state));
            }
        }
        Ok(Some(state))
    }

    /// The token with that accessor, if it is good at the moment.
    pub(crate) async fn by_accessor(
        &self,
        accessor: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<TokenState>>, Fault> {
        let found = self.view.get(accessor_slot(accessor)).await.map_err(fault::storage)?;
        let hash = found.and_then(|o| TokenHash::from_hex(std::str::from_utf8(o.plain.expose()).ok()?));
        match hash {
            Some(hash) => Ok(self.by_hash(hash).await?.filter(|state| state.is_alive(now))),
            None => Ok(None),
        }
    }

    /// All accessors, sorted.
    pub(crate) async fn accessors(&self) -> Result<Vec<String>, Fault> {
        self.view.list(Table::Tokens, ACCESSOR, Page::default()).await.map_err(fault::storage)
    }

    /// Makes a token.
    ///
    /// # Errors
    /// When there is a token with that id already, or the store fails.
    pub(crate) async fn create(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        new: NewToken,
    ) -> Result<(Secret<String>, Arc<TokenState>), Fault> {
        let token = match &new.id {
            Some(id) => id.clone(),
            None => random::token(entropy)?,
        };
        let entry = TokenEntry {
            accessor: random::base62(entropy, 24)?.expose().clone(),
            policies: new.policies,
            path: new.path,
            meta: new.meta,
            display_name: new.display_name,
            num_uses: new.num_uses,
            spent: false,
            created_nanos: now.nanos(),
            creation_ttl_seconds: new.ttl.map_or(0, super::entry::whole_seconds),
            expires_nanos: new.ttl.map(|ttl| now.plus(ttl).nanos()),
            explicit_max_ttl_seconds: new.explicit_max.as_secs(),
            period_seconds: new.period.as_secs(),
            renewable: new.renewable,
            last_renewal_nanos: None,
            parent: new.parent.map(TokenHash::to_hex),
            bound_cidrs: new.bound_cidrs,
            role: new.role,
            entity_id: String::new(),
            from_init: new.from_init,
        };
        let hash = self.hash(token.expose());
        let stored = entry.clone();
        transact(&*self.view, move |tx| insert(tx, hash, &stored)).await?;
        Ok((token, TokenState::new(hash, entry)))
    }

    /// Takes one use off a token that counts them; none when there was none left.
    pub(crate) async fn count_use(&self, hash: TokenHash) -> Result<Option<Arc<TokenState>>, Fault> {
        let left = transact(&*self.view, move |tx| {
            let name = hash.to_hex();
            let Some(opened) = tx.get(id_slot(&name))? else { return Ok(None) };
            let mut entry = decode(&opened)?;
            if entry.spent {
                return Ok(None);
            }
            match entry.num_uses {
                0 => return Ok(Some(entry)),
                1 => entry.spent = true,
                more => entry.num_uses = more - 1,
            }
            put(tx, &name, &entry)?;
            Ok::<_, ViewError>(Some(entry))
        })
        .await
        .map_err(fault::storage)?;
        Ok(left.map(|entry| TokenState::new(hash, entry)))
    }

    /// Changes an entry that is there; none when it is not.
    pub(crate) async fn edit(
        &self,
        hash: TokenHash,
        edit: impl Fn(&mut TokenEntry) + Send + 'static,
    ) -> Result<Option<Arc<TokenState>>, Fault> {
        let edited = transact(&*self.view, move |tx| {
            let name = hash.to_hex();
            let Some(opened) = tx.get(id_slot(&name))? else { return Ok(None) };
            let mut entry = decode(&opened)?;
            unschedule(tx, &name, &entry);
            edit(&mut entry);
            put(tx, &name, &entry)?;
            schedule(tx, &name, &entry)?;
            Ok::<_, ViewError>(Some(entry))
        })
        .await
        .map_err(fault::storage)?;
        self.forget(&[hash]);
        Ok(edited.map(|entry| TokenState::new(hash, entry)))
    }

    /// Revokes a token and all its descendants. From the answer on none of them is good for anything.
    pub(crate) async fn revoke_tree(&self, hash: TokenHash) -> Result<(), Fault> {
        let cubbyhole = *self.cubbyhole.lock();
        let gone = tx::transact(&self.barrier, move |tx| {
            let mut gone = Vec::new();
            let mut waiting = vec![hash];
            // A list instead of recursion: a chain of tokens can be longer than the stack is deep.
            while let Some(hash) = waiting.pop() {
                remove(tx, hash, cubbyhole)?;
                let mut view = tx.view(NamespaceId::ROOT, views::TOKENS);
                let folder = child_folder(&hash.to_hex());
                for child in view.list(Table::Tokens, &folder, Page::default())? {
                    view.delete(child_slot(&folder, &child));
                    waiting.extend(TokenHash::from_hex(&child));
                }
                gone.push(hash);
            }
            Ok(gone)
        })
        .await?;
        self.forget(&gone);
        Ok(())
    }

    /// Revokes a token; its children go on without a parent.
    pub(crate) async fn revoke_orphan(&self, hash: TokenHash) -> Result<(), Fault> {
        let cubbyhole = *self.cubbyhole.lock();
        let changed = tx::transact(&self.barrier, move |tx| {
            remove(tx, hash, cubbyhole)?;
            let mut changed = vec![hash];
            let mut view = tx.view(NamespaceId::ROOT, views::TOKENS);
            let folder = child_folder(&hash.to_hex());
            for child in view.list(Table::Tokens, &folder, Page::default())? {
                view.delete(child_slot(&folder, &child));
                if let Some(opened) = view.get(id_slot(&child))? {
                    let mut entry = decode(&opened)?;
                    entry.parent = None;
                    put(&mut view, &child, &entry)?;
                }
                changed.extend(TokenHash::from_hex(&child));
            }
            Ok(changed)
        })
        .await?;
        self.forget(&changed);
        Ok(())
    }

    /// The tokens that are noted down as ending in that minute.
    pub(crate) async fn due(&self, minute: i64) -> Result<Vec<TokenHash>, Fault> {
        let names = self
            .view
            .list(Table::Leases, &due_folder(minute), Page::default())
            .await
            .map_err(fault::storage)?;
        Ok(names.iter().filter_map(|n| TokenHash::from_hex(n)).collect())
    }

    /// To be called when a change is durable and before it is answered.
    fn forget(&self, hashes: &[TokenHash]) {
        let mut changes = self.changes.lock();
        *changes += 1;
        for hash in hashes {
            self.in_use.remove(hash);
        }
    }
}

fn insert(tx: &mut dyn ViewTx, hash: TokenHash, entry: &TokenEntry) -> Result<(), TxFault> {
    let name = hash.to_hex();
    if tx.get(id_slot(&name))?.is_some() {
        return Err(Fault::invalid("cannot create a token with a duplicate ID").into());
    }
    if let Some(parent) = &entry.parent {
        // A parent that was revoked in the meantime must not leave a child behind.
        let alive = tx.get(id_slot(parent))?.map(|o| decode(&o)).transpose()?.is_some_and(|p| !p.spent);
        if !alive {
            return Err(Fault::permission_denied().into());
        }
        tx.put(child_slot(&child_folder(parent), &name), b"")?;
    }
    put(tx, &name, entry)?;
    tx.put(accessor_slot(&entry.accessor), name.as_bytes())?;
    schedule(tx, &name, entry)?;
    Ok(())
}

/// Takes a token out of all indexes but that of its children.
fn remove(tx: &mut BarrierTx<'_>, hash: TokenHash, cubbyhole: Option<ViewId>) -> Result<(), ViewError> {
    let name = hash.to_hex();
    let mut view = tx.view(NamespaceId::ROOT, views::TOKENS);
    let Some(opened) = view.get(id_slot(&name))? else { return Ok(()) };
    let entry = decode(&opened)?;
    view.delete(id_slot(&name));
    view.delete(accessor_slot(&entry.accessor));
    if let Some(parent) = &entry.parent {
        view.delete(child_slot(&child_folder(parent), &name));
    }
    unschedule(&mut view, &name, &entry);
    if let Some(cubbyhole) = cubbyhole {
        crate::cubbyhole::forget(&mut tx.view(NamespaceId::ROOT, cubbyhole), &name)?;
    }
    Ok(())
}

fn put(tx: &mut dyn ViewTx, name: &str, entry: &TokenEntry) -> Result<(), ViewError> {
    let record = serde_json::to_vec(entry).map_err(|_| ViewError::Malformed { what: "tokens" })?;
    tx.put(id_slot(name), &record).map(|_| ())
}

fn schedule(tx: &mut dyn ViewTx, name: &str, entry: &TokenEntry) -> Result<(), ViewError> {
    let Some(end) = entry.expires_nanos else { return Ok(()) };
    tx.put(due_slot(&due_folder(due_minute(end)), name), b"").map(|_| ())
}

fn unschedule(tx: &mut dyn ViewTx, name: &str, entry: &TokenEntry) {
    if let Some(end) = entry.expires_nanos {
        tx.delete(due_slot(&due_folder(due_minute(end)), name));
    }
}

fn decode(opened: &Opened) -> Result<TokenEntry, ViewError> {
    serde_json::from_slice(opened.plain.expose()).map_err(|_| ViewError::Malformed { what: "tokens" })
}

/// The minute in which something that ends at `nanos` can be cleaned up: the first one that begins after the end.
pub(super) fn due_minute(nanos: i64) -> i64 {
    nanos.div_euclid(60_000_000_000) + 1
}

fn due_folder(minute: i64) -> String {
    format!("due/{minute}/")
}

fn child_folder(parent: &str) -> String {
    format!("child/{parent}/")
}

fn id_slot(name: &str) -> Slot<'_> {
    Slot { table: Table::Tokens, folder: ID, name, version: 0 }
}

fn accessor_slot(accessor: &str) -> Slot<'_> {
    Slot { table: Table::Tokens, folder: ACCESSOR, name: accessor, version: 0 }
}

fn child_slot<'a>(folder: &'a str, name: &'a str) -> Slot<'a> {
    Slot { table: Table::Tokens, folder, name, version: 0 }
}

fn due_slot<'a>(folder: &'a str, name: &'a str) -> Slot<'a> {
    Slot { table: Table::Leases, folder, name, version: 0 }
}
