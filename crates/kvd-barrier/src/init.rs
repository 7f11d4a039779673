//! Making a vault: all keys, all records, in one transaction.

use crate::{
    core_record::{self, CoreRecord},
    error::BarrierError,
    keyring::{COPIES, Keyring, NewTerm, seal_copy},
    keys::{DerivingKey, derive},
    record::InstanceId,
    root_key::{draw_key, seal_root},
    seal_config::SealConfig,
    shamir::{self, ShareParams, Shares},
    unseal::UnsealKey,
};
use kvd_storage::{Store, Table};
use kvd_types::{Clock, Entropy};

/// What making a vault gives.
pub struct InitOutcome {
    /// The shares; they exist nowhere else.
    pub shares: Shares,
    /// What the shares give, so that whoever made the vault can open it at once.
    pub key: UnsealKey,
}

pub(crate) async fn initialize(
    store: &dyn Store,
    entropy: &dyn Entropy,
    clock: &dyn Clock,
    params: ShareParams,
) -> Result<InitOutcome, BarrierError> {
    let mut instance = InstanceId::default();
    entropy.fill(&mut instance)?;
    let config = SealConfig::draw(params, entropy)?;
    let [unseal, root, seed, data] =
        [draw_key(entropy)?, draw_key(entropy)?, draw_key(entropy)?, draw_key(entropy)?];

    let shares = shamir::split(&*unseal, params, entropy)?;
    let sealed_root = seal_root(&unseal, &root, &config, &instance, entropy)?;
    let term = NewTerm { number: 1, installed: clock.now(), key: &data };
    let content = Keyring::first(&seed, &term);
    let wrap = DerivingKey::new(&*derive(&root, "keyring")?);
    let mut records = vec![
        (CoreRecord::SealConfig, config.encode().to_vec()),
        (CoreRecord::Instance, instance.to_vec()),
        (CoreRecord::RootKey, sealed_root),
    ];
    for copy in COPIES {
        records.push((copy, seal_copy(copy, &wrap, &instance, 1, &content, entropy)?));
    }

    let (work, outcome) = core_record::transaction(move |tx| {
        for record in CoreRecord::ALL {
            if tx.get(Table::System, record.key().as_bytes())?.is_some() {
                return Err(BarrierError::AlreadyInitialized);
            }
        }
        for (record, body) in &records {
            record.put(tx, body);
        }
        Ok(())
    });
    outcome.of(store.transact(work).await)?;
    Ok(InitOutcome { shares, key: UnsealKey::new(unseal) })
}
