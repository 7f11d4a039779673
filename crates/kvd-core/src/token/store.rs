//! The tokens of an unsealed vault: finding them, making them, and which of them are in memory.

use super::{
    batch::BatchTokens,
    entry::{LoginOrigin, Parent, TokenEntry, TokenState, whole_seconds},
    records::{self, ACCESSOR, accessor_slot, decode, id_slot, wrapped_slot},
};
use crate::{
    fault::{self, TxFault},
    identity::{IdentityStore, Resolved},
    mount::MountTable,
    random,
    seal::views,
    tx,
};
use arc_swap::ArcSwap;
use kvd_barrier::{Barrier, BarrierTx, HmacKey};
use kvd_storage::{Page, Table, View, fetch};
use kvd_types::{Entropy, Fault, Secret, Timestamp, TokenKind, ViewId};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::Notify;

/// Tokens in use that are kept in memory.
const IN_USE: usize = 20_000;

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

    /// A hash out of a record; one that is none becomes the hash of no token, so that whoever depends on it has ended.
    pub(super) fn from_stored(text: &str) -> Self {
        Self::from_hex(text).unwrap_or(Self([0; 32]))
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
    /// What a role demands besides.
    pub(crate) role_max: Duration,
    pub(crate) period: Duration,
    pub(crate) renewable: bool,
    pub(crate) parent: Option<Parent>,
    pub(crate) bound_cidrs: Vec<String>,
    pub(crate) role: Option<String>,
    pub(crate) entity_id: String,
    pub(crate) login: Option<LoginOrigin>,
    pub(crate) from_init: bool,
    /// The answer that it opens, which is kept as long as the token.
    pub(crate) wraps: Option<Secret<Vec<u8>>>,
}

impl NewToken {
    pub(super) fn into_entry(self, now: Timestamp) -> (TokenEntry, Option<Secret<Vec<u8>>>) {
        let entry = TokenEntry {
            accessor: String::new(),
            policies: self.policies,
            path: self.path,
            meta: self.meta,
            display_name: self.display_name,
            num_uses: self.num_uses,
            given_uses: self.num_uses,
            spent: false,
            created_nanos: now.nanos(),
            creation_ttl_seconds: self.ttl.map_or(0, whole_seconds),
            expires_nanos: self.ttl.map(|ttl| now.plus(ttl).nanos()),
            explicit_max_ttl_seconds: self.explicit_max.as_secs(),
            role_max_ttl_seconds: self.role_max.as_secs(),
            period_seconds: self.period.as_secs(),
            renewable: self.renewable,
            last_renewal_nanos: None,
            parent: self.parent,
            bound_cidrs: self.bound_cidrs,
            role: self.role,
            entity_id: self.entity_id,
            login: self.login,
            from_init: self.from_init,
        };
        (entry, self.wraps)
    }
}

/// The tokens of an unsealed vault.
pub(crate) struct TokenStore {
    pub(super) barrier: Arc<Barrier>,
    pub(super) view: Arc<dyn View>,
    wrapped: Arc<dyn View>,
    key: HmacKey,
    batch: BatchTokens,
    identity: Arc<IdentityStore>,
    in_use: Cache<TokenHash, Arc<TokenState>>,
    /// Raised by every change under this lock, which is also held to fill the cache: what was read before a change
    /// is not put in after it.
    changes: Mutex<u64>,
    /// The view of the cubbyhole, whose folders go with their tokens.
    cubbyhole: Mutex<Option<ViewId>>,
    /// What is mounted: a token that came from a login ends with its mount.
    mounts: Arc<ArcSwap<MountTable>>,
    /// Set while a tidy runs: one at a time.
    pub(super) tidying: AtomicBool,
    /// Rings when a revocation has left something for the sweep.
    pub(super) left_over: Arc<Notify>,
}

impl TokenStore {
    pub(crate) fn new(
        barrier: &Arc<Barrier>,
        mounts: Arc<ArcSwap<MountTable>>,
        identity: &Arc<IdentityStore>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            barrier: Arc::clone(barrier),
            view: views::system(barrier, views::TOKENS),
            wrapped: views::system(barrier, views::WRAPPED),
            key: barrier.purpose_key("token").map_err(Fault::internal)?,
            batch: BatchTokens::new(barrier)?,
            identity: Arc::clone(identity),
            in_use: Cache::new(IN_USE),
            changes: Mutex::new(0),
            cubbyhole: Mutex::new(None),
            mounts,
            tidying: AtomicBool::new(false),
            left_over: Arc::default(),
        })
    }

    /// Says where the folders lie that go with their tokens.
    pub(crate) fn set_cubbyhole(&self, view: ViewId) {
        *self.cubbyhole.lock() = Some(view);
    }

    pub(super) fn cubbyhole(&self) -> Option<ViewId> {
        *self.cubbyhole.lock()
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
        let state = match self.batch_token(token) {
            Some(state) => Some(state),
            None => self.by_hash(self.hash(token.expose())).await?,
        };
        self.living(state, now).await
    }

    /// What a batch token says; nothing for any other text.
    pub(crate) fn batch_token(&self, token: &Secret<String>) -> Option<Arc<TokenState>> {
        let entry = self.batch.open(token.expose())?;
        Some(TokenState::of_kind(TokenKind::Batch, self.hash(token.expose()), entry))
    }

    /// The token with that hash, be it ended.
    pub(crate) async fn by_hash(&self, hash: TokenHash) -> Result<Option<Arc<TokenState>>, Fault> {
        if let Some(state) = self.in_use.get(&hash) {
            return Ok(Some(state));
        }
        Box::pin(self.load(hash)).await
    }

    /// Reads a token that is not in memory.
    async fn load(&self, hash: TokenHash) -> Result<Option<Arc<TokenState>>, Fault> {
        let before = *self.changes.lock();
        let Some(entry) = self.entry(hash).await? else { return Ok(None) };
        let state = TokenState::new(hash, entry);
        // A token that counts its uses is read afresh each time.
        if state.entry.num_uses == 0 && !state.entry.spent {
            let changes = self.changes.lock();
            if *changes == before {
                self.in_use.insert(hash, Arc::clone(&state));
            }
        }
        Ok(Some(state))
    }

    /// What is stored of the token with that hash. For those who look at many tokens: it takes no place among the tokens
    /// that are in use.
    pub(super) async fn entry(&self, hash: TokenHash) -> Result<Option<TokenEntry>, Fault> {
        let opened = fetch(&*self.view, id_slot(&hash.to_hex())).await.map_err(fault::storage)?;
        opened.map(|opened| decode(&opened)).transpose().map_err(fault::storage)
    }

    /// The token, if neither it nor one of those that it descends from has ended: a token dies with its parent, also in
    /// the time before the sweep comes by.
    pub(crate) async fn living(
        &self,
        state: Option<Arc<TokenState>>,
        now: Timestamp,
    ) -> Result<Option<Arc<TokenState>>, Fault> {
        let Some(state) = state.filter(|state| self.is_good(state, now)) else { return Ok(None) };
        let mut below = Arc::clone(&state);
        while let Some(hash) = below.parent {
            match self.by_hash(hash).await? {
                Some(above) if self.is_good(&above, now) && below.is_child_of(&above) => below = above,
                Some(_) | None => return Ok(None),
            }
        }
        Ok(Some(state))
    }

    /// Whether a token has not ended, as far as it alone goes: neither its time nor the mount whose login it came from.
    fn is_good(&self, state: &TokenState, now: Timestamp) -> bool {
        let is_mounted = |login: &LoginOrigin| self.mounts.load().has_view(login.mount);
        state.is_alive(now) && state.entry.login.as_ref().is_none_or(is_mounted)
    }

    /// The token with that accessor, if it is good at the moment.
    pub(crate) async fn by_accessor(
        &self,
        accessor: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<TokenState>>, Fault> {
        match self.hash_of_accessor(accessor).await? {
            Some(hash) => self.living(self.by_hash(hash).await?, now).await,
            None => Ok(None),
        }
    }

    pub(super) async fn hash_of_accessor(&self, accessor: &str) -> Result<Option<TokenHash>, Fault> {
        let found = self.view.get(accessor_slot(accessor)).await.map_err(fault::storage)?;
        Ok(found.and_then(|o| TokenHash::from_hex(std::str::from_utf8(o.plain.expose()).ok()?)))
    }

    /// All accessors, sorted.
    pub(crate) async fn accessors(&self) -> Result<Vec<String>, Fault> {
        self.view.list(Table::Tokens, ACCESSOR, Page::default()).await.map_err(fault::storage)
    }

    /// The answer that a wrapping token opens.
    pub(crate) async fn wrapped(&self, hash: TokenHash) -> Result<Option<Secret<Vec<u8>>>, Fault> {
        let found = self.wrapped.get(wrapped_slot(&hash.to_hex())).await.map_err(fault::storage)?;
        Ok(found.map(|opened| opened.plain))
    }

    /// Makes a service token, in one commit.
    ///
    /// # Errors
    /// When there is a token with that id already, or the store fails.
    pub(crate) async fn create(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        new: NewToken,
    ) -> Result<(Secret<String>, Arc<TokenState>), Fault> {
        let resolved = Resolved::known(new.entity_id.clone());
        let (token, state, _) = self.create_if(entropy, now, new, move |_| Ok(resolved.clone())).await?;
        Ok((token, state))
    }

    /// Makes a service token if `redeem` agrees, in the same commit: a login takes there what it uses up, and says
    /// whose token it is.
    ///
    /// # Errors
    /// When `redeem` refuses, there is a token with that id already, or the store fails.
    pub(crate) async fn create_if(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        mut new: NewToken,
        mut redeem: impl FnMut(&mut BarrierTx<'_>) -> Result<Resolved, TxFault> + Send + 'static,
    ) -> Result<(Secret<String>, Arc<TokenState>, Resolved), Fault> {
        let token = match new.id.take() {
            Some(id) => id,
            None => random::token(entropy)?,
        };
        let (mut entry, wraps) = new.into_entry(now);
        entry.accessor = random::base62(entropy, 24)?.expose().clone();
        let hash = self.hash(token.expose());
        let mut stored = entry.clone();
        let resolved = tx::transact(&self.barrier, move |tx| {
            let resolved = redeem(tx)?;
            stored.entity_id.clone_from(&resolved.entity_id);
            records::insert(tx, hash, &stored, wraps.as_ref())?;
            Ok(resolved)
        })
        .await?;
        self.identity.changed(&resolved.touched);
        entry.entity_id.clone_from(&resolved.entity_id);
        Ok((token, TokenState::new(hash, entry), resolved))
    }

    /// The same for a token of either kind. Of a batch token nothing is stored but what `redeem` does.
    ///
    /// # Errors
    /// As of [`TokenStore::create_if`].
    pub(crate) async fn make_if(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        mut new: NewToken,
        kind: TokenKind,
        redeem: impl FnMut(&mut BarrierTx<'_>) -> Result<Resolved, TxFault> + Send + 'static,
    ) -> Result<(Secret<String>, Arc<TokenState>, Resolved), Fault> {
        if kind == TokenKind::Service {
            return self.create_if(entropy, now, new, redeem).await;
        }
        let resolved = tx::transact(&self.barrier, redeem).await?;
        self.identity.changed(&resolved.touched);
        new.entity_id.clone_from(&resolved.entity_id);
        let (token, state) = self.create_batch(entropy, now, new)?;
        Ok((token, state, resolved))
    }

    /// Makes a batch token; nothing is stored.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(crate) fn create_batch(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        new: NewToken,
    ) -> Result<(Secret<String>, Arc<TokenState>), Fault> {
        let (entry, _) = new.into_entry(now);
        let token = self.batch.seal(&entry, entropy)?;
        let hash = self.hash(token.expose());
        Ok((token, TokenState::of_kind(TokenKind::Batch, hash, entry)))
    }

    /// How many tokens are held in memory.
    #[cfg(test)]
    pub(super) fn in_memory(&self) -> usize {
        self.in_use.len()
    }

    /// To be called when a change is durable and before it is answered.
    pub(crate) fn forget(&self, hashes: &[TokenHash]) {
        let mut changes = self.changes.lock();
        *changes += 1;
        for hash in hashes {
            self.in_use.remove(hash);
        }
    }
}
