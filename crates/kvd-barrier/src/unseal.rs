//! From shares to an open vault.

use crate::{
    barrier::State,
    core_record::CoreRecord,
    error::{BarrierError, ShareError},
    keyring::{COPIES, Keyring, open_copy},
    keys::{DerivingKey, KEY, RawKey, derive},
    locked::LockPolicy,
    record::InstanceId,
    root_key::{Roots, open_root},
    seal_config::{SealConfig, SealStatus, draw_uuid, get, status},
    shamir::{self, MAX_SHARE, MIN_SHARE, Shares},
};
use kvd_storage::Store;
use kvd_types::{Entropy, Secret};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What the shares of a vault give, right or wrong: only [`crate::Barrier::unseal`] can tell.
pub struct UnsealKey(RawKey);

impl UnsealKey {
    pub(crate) fn new(key: RawKey) -> Self {
        Self(key)
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }
}

/// Shares that were handed in and are not enough yet. Dropping it, or [`UnsealProgress::reset`], wipes them.
pub struct UnsealProgress {
    config: SealConfig,
    nonce: Option<Uuid>,
    shares: Shares,
}

/// What handing in a share led to.
pub enum Provided {
    /// More shares are needed.
    More,
    /// There are enough; the progress is back at its beginning.
    Complete(UnsealKey),
}

impl UnsealProgress {
    /// No shares yet.
    pub fn new(config: SealConfig) -> Self {
        Self { config, nonce: None, shares: Shares::new() }
    }

    /// Takes a share. One that was handed in before changes nothing, as with Vault.
    ///
    /// # Errors
    /// When the share, or all of them together, are of a form that no shares have. In the second case, which is that
    /// of [`BarrierError::WrongShares`], the progress is back at its beginning.
    pub fn provide(
        &mut self,
        share: Secret<Vec<u8>>,
        entropy: &dyn Entropy,
    ) -> Result<Provided, BarrierError> {
        match share.expose().len() {
            ..MIN_SHARE => return Err(ShareError::TooShort.into()),
            MIN_SHARE..=MAX_SHARE => {}
            _ => return Err(ShareError::TooLong.into()),
        }
        let known = |other: &Secret<Vec<u8>>| bool::from(other.expose().ct_eq(share.expose()));
        if self.shares.iter().any(known) {
            return Ok(Provided::More);
        }
        if self.nonce.is_none() {
            self.nonce = Some(draw_uuid(entropy)?);
        }
        self.shares.push(share);
        if self.provided() < self.config.params.threshold() {
            return Ok(Provided::More);
        }
        let shares = std::mem::take(&mut self.shares);
        self.nonce = None;
        join(&shares).map(Provided::Complete)
    }

    /// Forgets all shares.
    pub fn reset(&mut self) {
        self.shares.clear();
        self.nonce = None;
    }

    /// How many different shares there are.
    pub fn provided(&self) -> u8 {
        u8::try_from(self.shares.len()).unwrap_or(u8::MAX)
    }

    /// Names this attempt; there is none before the first share.
    pub fn nonce(&self) -> Option<Uuid> {
        self.nonce
    }

    /// What the shares belong to.
    pub fn config(&self) -> SealConfig {
        self.config
    }
}

/// The key that the shares give; a single one is the key.
fn join(shares: &Shares) -> Result<UnsealKey, BarrierError> {
    let combined;
    let bytes = match shares.as_slice() {
        [whole] => whole.expose(),
        several => {
            combined = shamir::combine(several).map_err(|_| BarrierError::WrongShares)?;
            &*combined
        }
    };
    let mut key = RawKey::default();
    if bytes.len() != key.len() {
        return Err(BarrierError::WrongShares);
    }
    key.copy_from_slice(bytes);
    Ok(UnsealKey(key))
}

/// What opening a vault finds.
pub(crate) struct Found {
    pub(crate) instance: InstanceId,
    pub(crate) state: State,
    /// Records that are damaged but not needed, for a copy of them was good.
    pub(crate) damaged: Vec<&'static str>,
}

/// Opens the root key with `key` and the keyring with the root key.
pub(crate) async fn open(
    store: &dyn Store,
    key: &UnsealKey,
    policy: LockPolicy,
) -> Result<Found, BarrierError> {
    let SealStatus::Initialized(config) = status(store).await? else {
        return Err(BarrierError::NotInitialized);
    };
    let instance = read_instance(store).await?;
    let framed = get(store, CoreRecord::RootKey).await?;
    let framed = framed.ok_or(CoreRecord::RootKey.damaged("it is missing"))?;
    let root = open_root(key.bytes(), &framed, &config, &instance)?;
    let wrap = DerivingKey::new(&*derive(&root, "keyring")?);

    let mut newest = None::<(u64, Zeroizing<Vec<u8>>)>;
    let (mut damaged, mut failure) = (Vec::new(), None);
    for copy in COPIES {
        match open_copy(copy, get(store, copy).await?.as_ref(), &wrap, &instance) {
            Ok(opened) if newest.as_ref().is_none_or(|(generation, _)| opened.0 > *generation) => {
                newest = Some(opened);
            }
            Ok(_) => {}
            Err(error) => {
                damaged.push(copy.key());
                failure.get_or_insert(error);
            }
        }
    }
    let missing = CoreRecord::KeyringA.damaged("it is missing");
    let (generation, content) = newest.ok_or_else(|| failure.unwrap_or(missing))?;
    let keyring = Keyring::decode(&content, generation, policy)?
        .ok_or(CoreRecord::KeyringA.damaged("its content is unknown"))?;
    let roots = Roots::lock(key.bytes(), &root, policy)?;
    let state = State { config, roots: Arc::new(roots), keyring: Arc::new(keyring) };
    Ok(Found { instance, state, damaged })
}

async fn read_instance(store: &dyn Store) -> Result<InstanceId, BarrierError> {
    let record = CoreRecord::Instance;
    let framed = get(store, record).await?.ok_or(record.damaged("it is missing"))?;
    let body = record.unframe(&framed)?;
    body.as_ref().try_into().map_err(|_| record.damaged("its content is unknown"))
}
