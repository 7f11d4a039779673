//! A vault of this crate's own tests, which may look inside.

use crate::{
    seal::{self, InitRequest, Unsealed},
    vault::{Parts, Settings, Vault},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_backend::Registry;
use kvd_storage::{MemoryStore, Store};
use kvd_types::{Secret, SystemClock, SystemEntropy};
use std::sync::Arc;

/// An unsealed vault over a store in memory, with one share.
pub(crate) struct Opened {
    pub(crate) vault: Vault,
    pub(crate) root_token: Secret<String>,
    /// In base64.
    pub(crate) share: String,
}

impl Opened {
    pub(crate) async fn start() -> Self {
        let vault = vault(Arc::new(MemoryStore::in_memory().unwrap()));
        let made = seal::initialize(vault.inner(), InitRequest { shares: 1, threshold: 1 }).await.unwrap();
        let share = STANDARD.encode(made.shares[0].expose());
        vault.unseal(&Secret::new(share.clone())).await.unwrap();
        Self { vault, root_token: made.root_token, share }
    }

    pub(crate) fn unsealed(&self) -> Arc<Unsealed> {
        self.vault.inner().seal.unsealed().unwrap()
    }
}

/// A vault over `store`, sealed or not yet initialised.
pub(crate) fn vault(store: Arc<dyn Store>) -> Vault {
    Vault::new(Parts {
        store,
        registry: registry(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        settings: Settings::default(),
    })
}

/// The cubbyhole is a mount of every vault; which engine answers there does not matter here.
fn registry() -> Registry {
    struct Nothing;
    static ROUTES: kvd_backend::RouteTable<Nothing> = kvd_backend::RouteTable(&[]);
    let mut registry = Registry::default();
    registry.secrets("cubbyhole", |_| Ok(kvd_backend::engine(Nothing, &ROUTES)));
    registry
}
