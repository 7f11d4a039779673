//! Audit devices that the configuration declares, brought in line with those that are stored.

use super::{DeviceRecord, slot};
use crate::{
    fault::{self, TxFault},
    vault::Inner,
};
use kvd_storage::{View, transact};
use kvd_types::Fault;
use std::sync::Arc;

/// The devices that are to be there: those that callers have set up, and those that the configuration declares. What
/// changed is stored in one transaction. A declared device that stays as it was keeps the salt of its hashes.
///
/// # Errors
/// When a declared device has no path, or that of another one, and when the store fails.
pub(super) async fn reconcile(
    vault: &Inner,
    view: &Arc<dyn View>,
    stored: Vec<DeviceRecord>,
) -> Result<Vec<DeviceRecord>, Fault> {
    let (old, mut devices): (Vec<_>, Vec<_>) = stored.into_iter().partition(|device| device.declared);
    let mut written = Vec::new();
    for wanted in &vault.settings.audit.devices {
        let path = format!("{}/", wanted.path.trim_matches('/'));
        let taken = |d: &DeviceRecord| d.path.starts_with(&path) || path.starts_with(&d.path);
        if path == "/" || devices.iter().any(taken) {
            return Err(Fault::internal("a declared audit device has no path, or that of another device"));
        }
        let mut record = DeviceRecord {
            path,
            kind: wanted.kind.clone(),
            description: wanted.description.clone(),
            local: wanted.local,
            options: wanted.options.clone(),
            salt_id: String::new(),
            declared: true,
        };
        let present = old.iter().find(|old| old.path == record.path && old.kind == record.kind);
        match present {
            Some(present) => record.salt_id.clone_from(&present.salt_id),
            None => {
                let mut salt = [0; 16];
                vault.entropy.fill(&mut salt).map_err(fault::entropy)?;
                record.salt_id = hex::encode(salt);
            }
        }
        if present != Some(&record) {
            written.push((record.path.clone(), serde_json::to_vec(&record).map_err(Fault::internal)?));
        }
        devices.push(record);
    }
    let gone: Vec<String> =
        old.into_iter().map(|d| d.path).filter(|path| !devices.iter().any(|d| d.path == *path)).collect();
    if !written.is_empty() || !gone.is_empty() {
        transact(&**view, move |tx| {
            for path in &gone {
                tx.delete(slot(path));
            }
            for (path, bytes) in &written {
                tx.put(slot(path), bytes)?;
            }
            Ok::<_, TxFault>(())
        })
        .await?;
    }
    devices.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(devices)
}
