//! A secret id: what is stored of it, and where.

use crate::record;
use kvd_storage::{View, ViewTx};
use kvd_types::{Fault, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const ACCESSORS: &str = "accessor/";

/// What is stored of a secret id; never the secret id.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SecretId {
    pub(super) accessor: String,
    pub(super) metadata: BTreeMap<String, String>,
    /// Where a login may come from.
    pub(super) cidrs: Vec<String>,
    /// Where the token can be used from; where there are none, what the role says counts.
    pub(super) token_cidrs: Vec<String>,
    /// Uses left; 0 for as many as one likes. The last use removes the record.
    pub(super) uses_left: u64,
    pub(super) ttl_seconds: u64,
    pub(super) created_nanos: i64,
    pub(super) updated_nanos: i64,
    /// None for one that does not end.
    pub(super) expires_nanos: Option<i64>,
}

impl SecretId {
    /// Whether it has not ended.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        self.expires_nanos.is_none_or(|end| now.nanos() < end)
    }
}

/// Which secret id an accessor names.
#[derive(Serialize, Deserialize)]
pub(super) struct Named {
    pub(super) role: String,
    pub(super) mac: String,
}

/// The folder of a role's secret ids.
pub(super) fn folder(role: &str) -> String {
    format!("secret-id/{role}/")
}

/// The secret id of a role, if it is good at the moment.
///
/// # Errors
/// When the store fails.
pub(super) async fn find(
    view: &dyn View,
    role: &str,
    mac: &str,
    now: Timestamp,
) -> Result<Option<SecretId>, Fault> {
    let found: Option<SecretId> = record::read(view, record::slot(&folder(role), mac)).await?;
    Ok(found.filter(|s| s.is_good(now)))
}

/// The same within a transaction.
///
/// # Errors
/// When the store fails.
pub(super) fn find_in(
    tx: &mut dyn ViewTx,
    role: &str,
    mac: &str,
    now: Timestamp,
) -> Result<Option<SecretId>, Fault> {
    let found: Option<SecretId> = record::read_in(tx, record::slot(&folder(role), mac))?;
    Ok(found.filter(|s| s.is_good(now)))
}

/// Which secret id has that accessor.
///
/// # Errors
/// When the store fails.
pub(super) async fn by_accessor(view: &dyn View, accessor: &str) -> Result<Option<Named>, Fault> {
    record::read(view, record::slot(ACCESSORS, accessor)).await
}

/// Stores a new secret id and its accessor.
///
/// # Errors
/// When there is one already, or the store fails.
pub(super) fn add(tx: &mut dyn ViewTx, role: &str, mac: &str, secret: &SecretId) -> Result<(), Fault> {
    // One that has ended stands in nobody's way.
    let now = Timestamp::from_nanos(secret.created_nanos);
    if find_in(tx, role, mac, now)?.is_some() {
        return Err(Fault::invalid("SecretID is already registered"));
    }
    remove(tx, role, mac)?;
    let named = Named { role: role.to_owned(), mac: mac.to_owned() };
    record::write(tx, record::slot(ACCESSORS, &secret.accessor), &named)?;
    replace(tx, role, mac, secret)
}

/// Stores what has changed of a secret id.
///
/// # Errors
/// When it cannot be sealed.
pub(super) fn replace(tx: &mut dyn ViewTx, role: &str, mac: &str, secret: &SecretId) -> Result<(), Fault> {
    record::write(tx, record::slot(&folder(role), mac), secret)
}

/// Removes a secret id and its accessor, if it is there.
///
/// # Errors
/// When the store fails.
pub(super) fn remove(tx: &mut dyn ViewTx, role: &str, mac: &str) -> Result<(), Fault> {
    let folder = folder(role);
    let slot = record::slot(&folder, mac);
    if let Some(secret) = record::read_in::<SecretId>(tx, slot)? {
        tx.delete(record::slot(ACCESSORS, &secret.accessor));
        tx.delete(slot);
    }
    Ok(())
}
