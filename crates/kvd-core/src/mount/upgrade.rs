//! Lets the records of a mount follow a change of its options, and goes on with it after a restart.

use super::Mount;
use crate::{seal::Unsealed, vault::Inner};
use kvd_backend::MountOptions;
use std::sync::Arc;

/// Upgrades a mount that is marked for it, then takes the mark away. Until then the mount answers that it is upgrading;
/// a run that is cut off is repeated at the next unseal, for the mark is stored.
pub(crate) async fn run(vault: Arc<Inner>, unsealed: Arc<Unsealed>, mount: Arc<Mount>) {
    let path = mount.info.path.clone();
    if let Some(upgrade) = vault.registry.upgrade_of(&mount.record.kind) {
        let none = MountOptions::new();
        let options = mount.record.options.as_ref().unwrap_or(&none);
        if let Err(fault) = upgrade.upgrade(&mount.view, options).await {
            tracing::error!(mount = path, error = %fault, "upgrading a mount failed; it is tried again after the next unseal");
            return;
        }
    }
    let done = unsealed
        .mounts
        .edit(&vault, &path, |record| {
            record.upgrading = false;
            Ok(())
        })
        .await;
    match done {
        Ok(_) => tracing::info!(mount = path, "mount upgraded"),
        Err(fault) => tracing::error!(mount = path, error = %fault, "upgrading a mount failed"),
    }
}
