//! A first start that does not get to its end.

use super::{InitRequest, initialize};
use crate::testing;
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_storage::MemoryStore;
use kvd_testkit::{FaultStore, Faults};
use kvd_types::Secret;
use std::sync::Arc;

#[tokio::test]
async fn v044_a_first_start_that_fails_at_any_step_leaves_no_root_token() {
    let wish = InitRequest { shares: 1, threshold: 1 };
    let mut failed = 0;
    for nth in 1.. {
        let faults = Faults::default();
        let store = FaultStore::new(Arc::new(MemoryStore::in_memory().unwrap()), faults.clone());
        let vault = testing::vault(Arc::new(store));
        faults.refuse_commit(nth);
        if initialize(vault.inner(), wish).await.is_ok() {
            break;
        }
        failed += 1;
        // A second try is told that nobody can open what is there, or begins afresh: then only its own token is there.
        if let Ok(made) = initialize(vault.inner(), wish).await {
            vault.unseal(&Secret::new(STANDARD.encode(made.shares[0].expose()))).await.unwrap();
            let unsealed = vault.inner().seal.unsealed().unwrap();
            assert_eq!(unsealed.tokens.accessors().await.unwrap().len(), 1, "{nth}");
        }
    }
    assert!(failed > 1, "the first start takes several commits");
}
