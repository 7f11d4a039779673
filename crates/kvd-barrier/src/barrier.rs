//! The open vault: all keys, and what is made from them. Dropping it seals.

use crate::{
    core_record,
    counting::Marks,
    error::{BarrierError, CryptoError},
    folders::Folders,
    init::{self, InitOutcome},
    keyring::Keyring,
    keys::{DerivingKey, HmacKey, KEY, derive},
    locked::{LockPolicy, Locked},
    memo::Memo,
    names::Names,
    record::InstanceId,
    root_key::Roots,
    seal_config::{self, SealConfig, SealStatus},
    sealing::SealingKey,
    shamir::ShareParams,
    signing::SigningKey,
    tx::BarrierTx,
    unseal::{self, UnsealKey},
    view::BarrierView,
};
use arc_swap::ArcSwap;
use kvd_storage::{Store, Verdict, ViewError};
use kvd_types::{Clock, Entropy, NamespaceId, Timestamp, ViewId};
use std::sync::{Arc, atomic::Ordering};
use zeroize::Zeroize;

/// An open vault.
///
/// Having one is the proof that the vault is open, so nothing here asks whether it is. To seal, give up every `Arc` of
/// it: the last one wipes the keys. Views, and requests that hold one, keep working until then.
pub struct Barrier {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) policy: LockPolicy,
    pub(crate) instance: InstanceId,
    pub(crate) lasting: Locked<LastingKeys>,
    pub(crate) state: ArcSwap<State>,
    pub(crate) folders: Folders,
    pub(crate) memo: Memo,
    damaged: Vec<&'static str>,
}

/// The keys that a rotation replaces, all at once.
pub(crate) struct State {
    pub(crate) config: SealConfig,
    pub(crate) roots: Arc<Locked<Roots>>,
    pub(crate) keyring: Arc<Keyring>,
}

/// The keys that outlive every rotation, for what they made lies in stored keys and in the hands of clients.
#[derive(Zeroize)]
pub(crate) struct LastingKeys {
    pub(crate) names: HmacKey,
    pub(crate) counts: DerivingKey,
}

/// A term of the keyring, as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Its number; the first is 1.
    pub term: u32,
    /// When it was made.
    pub installed: Timestamp,
    /// How many records it has sealed; after a crash up to a few thousand more than there were, never less.
    pub encryptions: u64,
}

/// The work of a transaction over several views. It may run more than once.
pub type BarrierWork = Box<dyn FnMut(&mut BarrierTx<'_>) -> Result<Verdict, ViewError> + Send>;

impl Barrier {
    /// What `store` holds; works while sealed.
    ///
    /// # Errors
    /// When reading fails, or there are only remains of a vault.
    pub async fn status(store: &dyn Store) -> Result<SealStatus, BarrierError> {
        seal_config::status(store).await
    }

    /// Makes a vault in `store`, which stays sealed.
    ///
    /// # Errors
    /// When there is one already, or the remains of one; when there is no randomness; when the store fails. There is no
    /// vault then.
    pub async fn initialize(
        store: &dyn Store,
        entropy: &dyn Entropy,
        clock: &dyn Clock,
        params: ShareParams,
    ) -> Result<InitOutcome, BarrierError> {
        init::initialize(store, entropy, clock, params).await
    }

    /// Opens the vault in `store`.
    ///
    /// # Errors
    /// [`BarrierError::WrongShares`] when `key` is not the vault's; otherwise the record that is damaged is named, or
    /// pages cannot be locked though `policy` requires it.
    pub async fn unseal(
        store: Arc<dyn Store>,
        entropy: Arc<dyn Entropy>,
        key: &UnsealKey,
        policy: LockPolicy,
    ) -> Result<Arc<Self>, BarrierError> {
        let mut found = unseal::open(&*store, key, policy).await?;
        let seed = found.state.keyring.seed();
        let (names, counts) = (derive(seed, "names")?, derive(seed, "encryptions")?);
        let empty = LastingKeys { names: HmacKey::new(&[0; KEY]), counts: DerivingKey::new(&[0; KEY]) };
        let lasting = Locked::new(policy, empty, |keys| {
            *keys = LastingKeys { names: HmacKey::new(&names), counts: DerivingKey::new(&counts) };
        })?;
        let marks = Marks { key: &lasting.counts, instance: &found.instance };
        if let Err(damaged) = marks.restore(&*store, &found.state.keyring).await? {
            found.damaged.push(damaged);
        }
        Ok(Arc::new(Self {
            store,
            entropy,
            policy,
            instance: found.instance,
            lasting,
            state: ArcSwap::from_pointee(found.state),
            folders: Folders::default(),
            memo: Memo::new(),
            damaged: found.damaged,
        }))
    }

    /// Records that were found damaged and could be done without, for the log. The next change of keys replaces them.
    pub fn damaged_records(&self) -> &[&'static str] {
        &self.damaged
    }

    /// Whether all keys lie in pages that are never swapped out.
    pub fn memory_is_locked(&self) -> bool {
        let state = self.state.load();
        self.lasting.is_locked() && state.roots.is_locked() && state.keyring.is_locked()
    }

    /// The shares that open this vault.
    pub fn seal_config(&self) -> SealConfig {
        self.state.load().config
    }

    /// One part of the store, opened. Costs nothing: the barrier is shared.
    pub fn view(self: &Arc<Self>, namespace: NamespaceId, view: ViewId) -> BarrierView {
        BarrierView::new(Arc::clone(self), namespace, view)
    }

    /// Runs `work`, which may change several views, and makes its changes durable as one whole.
    ///
    /// # Errors
    /// When the work fails, or when its changes cannot be made durable; then it took no effect.
    pub async fn transact(self: &Arc<Self>, work: BarrierWork) -> Result<(), ViewError> {
        BarrierTx::run(self, work).await
    }

    /// The key for one purpose of the vault's own; the same for ever, and of no use for any other purpose.
    ///
    /// # Errors
    /// Never for purposes of a reasonable length.
    pub fn purpose_key(&self, purpose: &str) -> Result<HmacKey, CryptoError> {
        let state = self.state.load();
        Ok(HmacKey::new(&*derive(state.keyring.seed(), &format!("use/{purpose}"))?))
    }

    /// The key that signs for one purpose of the vault's own; the same for ever, so that what it signed can be checked
    /// after every rotation.
    ///
    /// # Errors
    /// Never for purposes of a reasonable length.
    pub fn signing_key(&self, purpose: &str) -> Result<SigningKey, CryptoError> {
        let state = self.state.load();
        SigningKey::new(&*derive(state.keyring.seed(), &format!("sign/{purpose}"))?)
    }

    /// The key that seals what clients hold for one purpose, such as batch tokens; the same for ever, so what it sealed
    /// opens after every rotation.
    ///
    /// # Errors
    /// Never for purposes of at most 64 bytes.
    pub fn sealing_key(&self, purpose: &'static str) -> Result<SealingKey, CryptoError> {
        let state = self.state.load();
        let key = derive(state.keyring.seed(), &format!("seal/{purpose}"))?;
        SealingKey::new(DerivingKey::new(&key), self.instance, purpose)
    }

    /// The term that seals.
    pub fn key_status(&self) -> Option<KeyStatus> {
        self.key_terms().pop()
    }

    /// All terms, the one that seals last.
    pub fn key_terms(&self) -> Vec<KeyStatus> {
        let state = self.state.load();
        let show = |term: &crate::keyring::Term| KeyStatus {
            term: term.number,
            installed: term.installed,
            encryptions: term.counter.encryptions.load(Ordering::Relaxed),
        };
        state.keyring.terms().iter().map(show).collect()
    }

    /// Writes the exact number of encryptions; to be called when the last writer of an orderly seal is done.
    ///
    /// # Errors
    /// When the store fails; the number is then a little too high after the next unseal.
    pub async fn settle_counts(self: &Arc<Self>) -> Result<(), BarrierError> {
        let barrier = Arc::clone(self);
        let (work, outcome) = core_record::transaction(move |tx| {
            let state = barrier.state.load();
            Ok(barrier.marks().settle(tx, &state.keyring, &*barrier.entropy)?)
        });
        outcome.of(self.store.transact(work).await)
    }

    pub(crate) fn marks(&self) -> Marks<'_> {
        Marks { key: &self.lasting.counts, instance: &self.instance }
    }

    pub(crate) fn names(&self, namespace: NamespaceId, view: ViewId) -> Names<'_> {
        Names { key: &self.lasting.names, namespace, view }
    }
}
