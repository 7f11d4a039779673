//! The switch: a pointer that is there while unsealed.

use super::{rekey::RekeySlot, root_generation::RootSlot, rotation::Rotation};
use crate::{
    audit::Auditor,
    config::Stored,
    identity::IdentityStore,
    mount::MountStore,
    policy::PolicyStore,
    quota::Quotas,
    sys::{CorsSettings, Moves, UiHeaders, VersionHistory},
    token::TokenStore,
};
use arc_swap::ArcSwapOption;
use kvd_barrier::{Barrier, UnsealProgress};
use std::sync::Arc;

/// Everything that needs the keys. Each call holds it while it runs; the last one to let go after a seal drops the
/// keyring, which wipes itself.
pub(crate) struct Unsealed {
    pub(crate) barrier: Arc<Barrier>,
    pub(crate) mounts: MountStore,
    pub(crate) tokens: TokenStore,
    pub(crate) policies: PolicyStore,
    pub(crate) identity: Arc<IdentityStore>,
    pub(crate) audit: Auditor,
    pub(crate) cluster: ClusterInfo,
    pub(crate) rotation: Rotation,
    /// Here, so that sealing wipes the shares handed in so far.
    pub(crate) rekey: RekeySlot,
    pub(crate) root_generation: RootSlot,
    pub(crate) moves: Moves,
    pub(crate) cors: Stored<CorsSettings>,
    pub(crate) ui_headers: Stored<UiHeaders>,
    pub(crate) versions: Stored<VersionHistory>,
    pub(crate) quotas: Quotas,
}

/// What the cluster is called; drawn when it is initialised.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct ClusterInfo {
    pub(crate) name: String,
    pub(crate) id: String,
}

/// Holds [`Unsealed`] while the vault is that.
#[derive(Default)]
pub(crate) struct SealSwitch {
    unsealed: ArcSwapOption<Unsealed>,
    /// Shares typed so far; also the lock under which the vault is initialised, unsealed and sealed.
    pub(crate) progress: tokio::sync::Mutex<Option<UnsealProgress>>,
}

impl SealSwitch {
    /// Everything that needs the keys, if they are there.
    pub(crate) fn unsealed(&self) -> Option<Arc<Unsealed>> {
        self.unsealed.load_full()
    }

    /// To be called with `progress` locked.
    pub(crate) fn set(&self, unsealed: Option<Arc<Unsealed>>) {
        self.unsealed.store(unsealed);
    }
}
