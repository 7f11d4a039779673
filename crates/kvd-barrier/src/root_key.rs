//! The root key: sealed with the key that the shares give, and bound to the set of shares.

use crate::{
    core_record::CoreRecord,
    error::BarrierError,
    keys::{CHECK, DerivingKey, KEY, RawKey, check_value, derive},
    locked::{LockPolicy, Locked},
    record::{self, InstanceId, Place},
    seal_config::SealConfig,
};
use bytes::Bytes;
use kvd_storage::Table;
use kvd_types::{Entropy, EntropyError};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// The keys at the top, which only a change of themselves needs.
#[derive(Zeroize)]
pub(crate) struct Roots {
    /// What the shares give; it seals the root key and nothing else.
    pub(crate) unseal: [u8; KEY],
    /// Seals the keyring and nothing else.
    pub(crate) root: [u8; KEY],
}

impl Roots {
    pub(crate) fn lock(
        unseal: &[u8; KEY],
        root: &[u8; KEY],
        policy: LockPolicy,
    ) -> Result<Locked<Self>, BarrierError> {
        Locked::new(policy, Self { unseal: [0; KEY], root: [0; KEY] }, |roots| {
            roots.unseal.copy_from_slice(unseal);
            roots.root.copy_from_slice(root);
        })
    }
}

/// A fresh key.
pub(crate) fn draw_key(entropy: &dyn Entropy) -> Result<RawKey, EntropyError> {
    let mut key = RawKey::default();
    entropy.fill(&mut *key)?;
    Ok(key)
}

/// The body of the root key's record: `check value of the unseal key 16 | sealed root key`.
pub(crate) fn seal_root(
    unseal: &[u8; KEY],
    root: &[u8; KEY],
    config: &SealConfig,
    instance: &InstanceId,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, BarrierError> {
    let wrap = DerivingKey::new(&*derive(unseal, "root-key")?);
    let bound = bound_key(config);
    let (sealed, _) = record::seal((0, &wrap), &place(&bound, instance), &[root], entropy)?;
    Ok([check_value(unseal)?.as_slice(), &sealed].concat())
}

/// The root key, if `unseal` is the key that it was sealed with.
pub(crate) fn open_root(
    unseal: &[u8; KEY],
    framed: &Bytes,
    config: &SealConfig,
    instance: &InstanceId,
) -> Result<RawKey, BarrierError> {
    let damaged = |reason| CoreRecord::RootKey.damaged(reason);
    let body = CoreRecord::RootKey.unframe(framed)?;
    let (check, sealed) = body.split_first_chunk::<CHECK>().ok_or(damaged("it is too short"))?;
    if !bool::from(check_value(unseal)?.ct_eq(check)) {
        return Err(BarrierError::WrongShares);
    }
    let wrap = DerivingKey::new(&*derive(unseal, "root-key")?);
    let bound = bound_key(config);
    let (plain, _) = record::open(|term| (term == 0).then_some(&wrap), &place(&bound, instance), sealed)
        .map_err(damaged)?;
    let root = <&[u8; KEY]>::try_from(plain.as_slice()).map_err(|_| damaged("its content is unknown"))?;
    Ok(RawKey::copy(root))
}

/// The seal's configuration stands readable in the store; changing it there makes the root key not open.
fn bound_key(config: &SealConfig) -> Vec<u8> {
    [CoreRecord::RootKey.key().as_bytes(), &config.encode()].concat()
}

fn place<'a>(key: &'a [u8], instance: &'a InstanceId) -> Place<'a> {
    let kind = CoreRecord::RootKey.kind();
    Place { kind, instance, namespace: 0, table: Table::System as u8, version: 0, key }
}
