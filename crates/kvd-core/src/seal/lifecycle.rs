//! Initialising, unsealing and sealing.

use super::{
    ClusterInfo, Unsealed,
    rekey::RekeySlot,
    root_generation::RootSlot,
    rotation::{Rotation, rotate_when_due},
    views,
};
use crate::{
    audit::{Auditor, checkpoint_forever},
    config::Stored,
    fault,
    identity::IdentityStore,
    mount::{self, MountStore, upgrade},
    policy::{PolicyStore, ROOT},
    quota::Quotas,
    random,
    sys::{CorsSettings, Moves, VersionHistory},
    token::{NewToken, TokenStore, sweep_forever},
    vault::Inner,
};
use kvd_barrier::{
    Barrier, BarrierError, LockPolicy, Provided, SealStatus, ShareParams, UnsealKey, UnsealProgress,
};
use kvd_storage::{Slot, Table, ViewError, transact};
use kvd_types::{Fault, FaultKind, Secret};
use std::sync::Arc;

/// How a vault is to be initialised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InitRequest {
    pub(crate) shares: i64,
    pub(crate) threshold: i64,
}

/// What initialising gives: the shares, and the token that can do everything.
pub(crate) struct InitOutcome {
    pub(crate) shares: Vec<Secret<Vec<u8>>>,
    pub(crate) root_token: Secret<String>,
}

/// What a status call tells of the seal.
pub(crate) struct Status {
    pub(crate) initialized: bool,
    pub(crate) sealed: bool,
    pub(crate) threshold: u8,
    pub(crate) shares: u8,
    pub(crate) progress: u8,
    pub(crate) nonce: String,
    pub(crate) cluster: Option<ClusterInfo>,
}

/// Makes the vault's keys and its first records; it is sealed afterwards.
///
/// # Errors
/// When there is a vault already, the request makes no sense, or the store fails.
pub(crate) async fn initialize(vault: &Arc<Inner>, request: InitRequest) -> Result<InitOutcome, Fault> {
    let _alone = vault.seal.progress.lock().await;
    let params = ShareParams::new(request.shares, request.threshold)
        .map_err(|e| Fault::invalid(format!("invalid seal configuration: {e}")))?;
    let made = Barrier::initialize(&*vault.store, &*vault.entropy, &*vault.clock, params)
        .await
        .map_err(barrier_fault)?;
    let unsealed = open(vault, &made.key).await?;
    let new = NewToken {
        policies: vec![ROOT.to_owned()],
        path: "auth/token/root".to_owned(),
        display_name: "root".to_owned(),
        from_init: true,
        ..NewToken::default()
    };
    let (root_token, _) = unsealed.tokens.create(&*vault.entropy, vault.clock.now(), new).await?;
    tracing::info!("vault initialised");
    Ok(InitOutcome { shares: made.shares, root_token })
}

/// Takes one share; with enough of them the vault is unsealed.
///
/// # Errors
/// When the share has no possible form, or the shares together open nothing; then they have to be given anew.
pub(crate) async fn provide_share(vault: &Arc<Inner>, share: Secret<Vec<u8>>) -> Result<(), Fault> {
    let mut progress = vault.seal.progress.lock().await;
    if vault.seal.unsealed().is_some() {
        return Ok(());
    }
    let config = match Barrier::status(&*vault.store).await.map_err(barrier_fault)? {
        SealStatus::Uninitialized => return Err(Fault::invalid("Vault is not initialized")),
        SealStatus::Initialized(config) => config,
    };
    let provided = progress
        .get_or_insert_with(|| UnsealProgress::new(config))
        .provide(share, &*vault.entropy)
        .map_err(share_fault)?;
    match provided {
        Provided::More => Ok(()),
        Provided::Complete(key) => {
            *progress = None;
            let unsealed = open(vault, &key).await?;
            start(vault, &unsealed);
            vault.cors.publish(CorsSettings::clone(&unsealed.cors.get()));
            vault.seal.set(Some(unsealed));
            tracing::info!("vault unsealed");
            Ok(())
        }
    }
}

/// Forgets the shares typed so far.
///
/// # Errors
/// When the vault is unsealed.
pub(crate) async fn reset_progress(vault: &Inner) -> Result<(), Fault> {
    let mut progress = vault.seal.progress.lock().await;
    if vault.seal.unsealed().is_some() {
        return Err(Fault::invalid("vault is unsealed"));
    }
    *progress = None;
    Ok(())
}

/// Seals the vault: new calls are refused at once, the keys go with the last call that is under way.
pub(crate) async fn seal(vault: &Inner) {
    let mut progress = vault.seal.progress.lock().await;
    *progress = None;
    if let Some(unsealed) = vault.seal.unsealed() {
        vault.seal.set(None);
        vault.cors.publish(CorsSettings::default());
        unsealed.audit.close();
        tracing::info!("vault sealed");
    }
}

/// How things stand.
///
/// # Errors
/// When the store fails.
pub(crate) async fn status(vault: &Inner) -> Result<Status, Fault> {
    let progress = vault.seal.progress.lock().await;
    let unsealed = vault.seal.unsealed();
    let config = match Barrier::status(&*vault.store).await.map_err(barrier_fault)? {
        SealStatus::Uninitialized => None,
        SealStatus::Initialized(config) => Some(config),
    };
    Ok(Status {
        initialized: config.is_some(),
        sealed: unsealed.is_none(),
        threshold: config.map_or(0, |c| c.params.threshold()),
        shares: config.map_or(0, |c| c.params.shares()),
        progress: progress.as_ref().map_or(0, UnsealProgress::provided),
        nonce: progress.as_ref().and_then(UnsealProgress::nonce).map(|n| n.to_string()).unwrap_or_default(),
        cluster: unsealed.map(|u| u.cluster.clone()),
    })
}

/// Opens the barrier and everything behind it. Nothing here reads more than the mounts, the audit devices and a few
/// fixed records: the time does not grow with what is stored.
async fn open(vault: &Arc<Inner>, key: &UnsealKey) -> Result<Arc<Unsealed>, Fault> {
    let (store, entropy) = (Arc::clone(&vault.store), Arc::clone(&vault.entropy));
    let barrier = Barrier::unseal(store, entropy, key, LockPolicy::Attempt).await.map_err(barrier_fault)?;
    for record in barrier.damaged_records() {
        tracing::error!(record, "a copy of a core record is damaged; the other copy is good");
    }
    if !barrier.memory_is_locked() {
        tracing::warn!("the operating system does not let key pages be locked in memory");
    }
    let identity = Arc::new(IdentityStore::new(&barrier));
    let policies = PolicyStore::new(&barrier, &identity);
    let cluster = cluster(vault, &barrier).await?;
    let mounts = MountStore::load(vault, &barrier).await?;
    if mounts.table().get("sys/").is_none() {
        policies.write_built_in().await?;
        for record in mount::built_in(vault)? {
            mounts.add(vault, record).await?;
        }
    }
    let tokens = TokenStore::new(&barrier, mounts.shared(), &identity)?;
    if let Some(cubbyhole) = mounts.table().get("cubbyhole/") {
        tokens.set_cubbyhole(cubbyhole.record.view_id());
    }
    let audit = Auditor::load(vault, &barrier).await?;
    let rotation = Rotation::load(&barrier).await?;
    let cors = Stored::load(&barrier, "cors").await?;
    let ui_headers = Stored::load(&barrier, "ui-headers").await?;
    let versions = versions(vault, &barrier).await?;
    let quotas = Quotas::load(&barrier, &mounts.table()).await?;
    Ok(Arc::new(Unsealed {
        barrier,
        mounts,
        tokens,
        policies,
        identity,
        audit,
        cluster,
        rotation,
        rekey: RekeySlot::default(),
        root_generation: RootSlot::default(),
        moves: Moves::default(),
        cors,
        ui_headers,
        versions,
        quotas,
    }))
}

/// What runs beside the calls while the vault is unsealed; it ends with it.
fn start(vault: &Arc<Inner>, unsealed: &Arc<Unsealed>) {
    let minute = vault.clock.now().seconds() / 60 - MINUTES_BACK;
    tokio::spawn(sweep_forever(Arc::downgrade(vault), Arc::downgrade(unsealed), minute));
    tokio::spawn(rotate_when_due(Arc::downgrade(vault), Arc::downgrade(unsealed)));
    tokio::spawn(checkpoint_forever(Arc::downgrade(unsealed)));
    // Whatever cut them off, they go on from where they were.
    for mount in unsealed.mounts.table().iter().filter(|mount| mount.record.upgrading) {
        tokio::spawn(upgrade::run(Arc::clone(vault), Arc::clone(unsealed), Arc::clone(mount)));
    }
}

/// How far back the first sweep looks for tokens that ended while the vault was sealed.
const MINUTES_BACK: i64 = 60 * 24 * 400;

/// The cluster's name and id: drawn at the first unseal, the same ever after.
async fn cluster(vault: &Inner, barrier: &Arc<Barrier>) -> Result<ClusterInfo, Fault> {
    const SLOT: Slot<'static> = Slot { table: Table::System, folder: "", name: "cluster", version: 0 };
    let view = views::system(barrier, views::CONFIG);
    if let Some(opened) = view.get(SLOT).await.map_err(fault::storage)? {
        return serde_json::from_slice(opened.plain.expose())
            .map_err(|_| fault::storage(ViewError::Malformed { what: "the cluster" }));
    }
    let mut tail = [0; 4];
    vault.entropy.fill(&mut tail).map_err(fault::entropy)?;
    let name = vault.settings.cluster_name.clone();
    let info = ClusterInfo {
        name: name.unwrap_or_else(|| format!("vault-cluster-{}", hex::encode(tail))),
        id: random::uuid(&*vault.entropy)?,
    };
    let record = serde_json::to_vec(&info).map_err(Fault::internal)?;
    transact(&*view, move |tx| tx.put(SLOT, &record).map(|_| ())).await.map_err(fault::storage)?;
    Ok(info)
}

/// The versions of the program that have opened this vault; the present one is added when it is new.
async fn versions(vault: &Inner, barrier: &Arc<Barrier>) -> Result<Stored<VersionHistory>, Fault> {
    let versions = Stored::<VersionHistory>::load(barrier, "versions").await?;
    if versions.get().present() != Some(vault.settings.version.as_str()) {
        let (version, now) = (vault.settings.version.clone(), vault.clock.now());
        versions.edit(|old| Ok(old.with(version, now))).await?;
    }
    Ok(versions)
}

/// What a caller learns of a barrier's error: its own mistakes, and nothing of the records.
pub(crate) fn barrier_fault(error: BarrierError) -> Fault {
    match &error {
        BarrierError::NotInitialized
        | BarrierError::AlreadyInitialized
        | BarrierError::Params(_)
        | BarrierError::Share(_)
        | BarrierError::WrongShares => Fault::invalid(error.to_string()),
        BarrierError::Conflict => Fault::new(FaultKind::Unavailable, error.to_string()),
        BarrierError::Damaged { .. }
        | BarrierError::MemoryLock { .. }
        | BarrierError::Store(_)
        | BarrierError::Entropy(_)
        | BarrierError::Crypto(_) => Fault::internal(error),
    }
}

/// The same for a share that was handed in: its form is told, so that a slip of the pen is found.
pub(super) fn share_fault(error: BarrierError) -> Fault {
    match error {
        BarrierError::Share(form) => Fault::invalid(format!("invalid key: {form}")),
        error @ (BarrierError::NotInitialized
        | BarrierError::AlreadyInitialized
        | BarrierError::Params(_)
        | BarrierError::WrongShares
        | BarrierError::Damaged { .. }
        | BarrierError::Conflict
        | BarrierError::MemoryLock { .. }
        | BarrierError::Store(_)
        | BarrierError::Entropy(_)
        | BarrierError::Crypto(_)) => barrier_fault(error),
    }
}
