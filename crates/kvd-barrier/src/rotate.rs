//! Changing keys: each change is one transaction, so that old or new shares open the vault, whatever happens.

use crate::{
    barrier::{Barrier, KeyStatus, State},
    core_record::{self, CoreRecord},
    error::BarrierError,
    keyring::{COPIES, Keyring, NewTerm, claimed_generation, open_copy, seal_copy},
    keys::{DerivingKey, KEY, RawKey, derive},
    root_key::{Roots, draw_key, open_root, seal_root},
    seal_config::SealConfig,
    shamir::{self, ShareParams, Shares},
    unseal::UnsealKey,
};
use bytes::Bytes;
use kvd_storage::Table;
use kvd_types::Timestamp;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// New shares that do not open anything yet, so that they can be checked before they count.
pub struct PendingRekey {
    config: SealConfig,
    unseal: RawKey,
    shares: Shares,
}

impl PendingRekey {
    /// The new shares.
    pub fn shares(&self) -> &Shares {
        &self.shares
    }

    /// How many there are, and what names the set.
    pub fn config(&self) -> SealConfig {
        self.config
    }

    /// Whether `key` is what the new shares give.
    pub fn is_key(&self, key: &UnsealKey) -> bool {
        bool::from(self.unseal.ct_eq(key.bytes()))
    }
}

/// The keys as they shall be.
struct Change<'a> {
    added: Option<NewTerm<'a>>,
    /// The new unseal key, root key and shares, if the root changes.
    root: Option<(&'a [u8; KEY], RawKey, SealConfig)>,
}

/// # Cancellation
/// A change of keys that is dropped half-way may be in the store and not in memory. Nothing is lost; further changes
/// then answer [`BarrierError::Conflict`] until the vault is unsealed anew. Run them to their end.
impl Barrier {
    /// Whether `key` is what the shares of this vault give.
    pub fn is_key(&self, key: &UnsealKey) -> bool {
        bool::from(self.state.load().roots.unseal.ct_eq(key.bytes()))
    }

    /// Seals with a new data key from here on; what older ones sealed stays readable.
    ///
    /// # Errors
    /// When there is no randomness, when the store fails, or when somebody else changed keys meanwhile.
    pub async fn rotate(&self, now: Timestamp) -> Result<KeyStatus, BarrierError> {
        let base = self.state.load_full();
        let last = base.keyring.terms().last().map_or(0, |term| term.number);
        let number = last.checked_add(1).ok_or(BarrierError::Conflict)?;
        let key = draw_key(&*self.entropy)?;
        let added = NewTerm { number, installed: now, key: &key };
        self.change(&base, Change { added: Some(added), root: None }).await?;
        Ok(KeyStatus { term: number, installed: now, encryptions: 0 })
    }

    /// Replaces the root key; the shares stay as they are.
    ///
    /// # Errors
    /// As [`Barrier::rotate`].
    pub async fn rotate_root(&self) -> Result<(), BarrierError> {
        let base = self.state.load_full();
        let root = draw_key(&*self.entropy)?;
        self.change(&base, Change { added: None, root: Some((&base.roots.unseal, root, base.config)) }).await
    }

    /// New shares for a new root key, which count once [`Barrier::rekey`] has run.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn prepare_rekey(&self, params: ShareParams) -> Result<PendingRekey, BarrierError> {
        let config = SealConfig::draw(params, &*self.entropy)?;
        let unseal = draw_key(&*self.entropy)?;
        let shares = shamir::split(&*unseal, params, &*self.entropy)?;
        Ok(PendingRekey { config, unseal, shares })
    }

    /// Makes the new shares the ones that open the vault, and replaces the root key.
    ///
    /// # Errors
    /// As [`Barrier::rotate`]; the old shares stay good then.
    pub async fn rekey(&self, pending: &PendingRekey) -> Result<(), BarrierError> {
        let base = self.state.load_full();
        let root = draw_key(&*self.entropy)?;
        self.change(&base, Change { added: None, root: Some((&pending.unseal, root, pending.config)) }).await
    }

    async fn change(&self, base: &State, change: Change<'_>) -> Result<(), BarrierError> {
        let (old, generation) = (base.keyring.generation, base.keyring.generation + 1);
        let (unseal, root, config) = match &change.root {
            Some((unseal, root, config)) => (*unseal, &**root, *config),
            None => (&base.roots.unseal, &base.roots.root, base.config),
        };
        let mut records = Vec::new();
        if change.root.is_some() {
            let body = seal_root(unseal, root, &config, &self.instance, &*self.entropy)?;
            open_root(unseal, &CoreRecord::RootKey.frame(&body), &config, &self.instance)?;
            records.push((CoreRecord::RootKey, body));
            records.push((CoreRecord::SealConfig, config.encode().to_vec()));
        }
        let wrap = DerivingKey::new(&*derive(root, "keyring")?);
        let content = base.keyring.encode(change.added.as_ref());
        // What opens here opens after the next start: the new keys are those that were read back.
        let mut keyring = None;
        for copy in COPIES {
            let body = seal_copy(copy, &wrap, &self.instance, generation, &content, &*self.entropy)?;
            let (_, content) = open_copy(copy, Some(&copy.frame(&body)), &wrap, &self.instance)?;
            keyring = Keyring::decode(&content, generation, self.policy)?;
            records.push((copy, body));
        }
        let mut keyring = keyring.ok_or(CoreRecord::KeyringA.damaged("its content is unknown"))?;
        let roots = Roots::lock(unseal, root, self.policy)?;

        self.replace(old, records).await?;
        keyring.share_counters(&base.keyring);
        self.state.store(Arc::new(State { config, roots: Arc::new(roots), keyring: Arc::new(keyring) }));
        Ok(())
    }

    /// Writes the records if the stored keyring is still of the generation `old`.
    async fn replace(&self, old: u64, records: Vec<(CoreRecord, Vec<u8>)>) -> Result<(), BarrierError> {
        let (work, outcome) = core_record::transaction(move |tx| {
            let mut read = |copy: CoreRecord| -> Result<Option<Bytes>, BarrierError> {
                Ok(tx.get(Table::System, copy.key().as_bytes())?)
            };
            let [a, b] = COPIES;
            if claimed_generation([read(a)?, read(b)?]) != Some(old) {
                return Err(BarrierError::Conflict);
            }
            for (record, body) in &records {
                record.put(tx, body);
            }
            Ok(())
        });
        outcome.of(self.store.transact(work).await)
    }
}
