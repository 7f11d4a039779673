//! Records of auth methods in the store: JSON, sealed by the view.

use kvd_storage::{Opened, Slot, Table, View, ViewError, ViewTx, fetch};
use kvd_types::Fault;
use serde::{Serialize, de::DeserializeOwned};

/// The place of the record `name` in a folder.
pub(crate) fn slot<'a>(folder: &'a str, name: &'a str) -> Slot<'a> {
    Slot { table: Table::Heads, folder, name, version: 0 }
}

/// The record in `slot`.
///
/// # Errors
/// When the store fails or the record is damaged.
pub(crate) async fn read<T: DeserializeOwned>(view: &dyn View, slot: Slot<'_>) -> Result<Option<T>, Fault> {
    Ok(fetch(view, slot).await?.map(|o| decode(&o)).transpose()?)
}

/// The record in `slot`, within a transaction.
///
/// # Errors
/// When the store fails or the record is damaged.
pub(crate) fn read_in<T: DeserializeOwned>(tx: &mut dyn ViewTx, slot: Slot<'_>) -> Result<Option<T>, Fault> {
    Ok(tx.get(slot)?.map(|o| decode(&o)).transpose()?)
}

/// Stores `record` in `slot`.
///
/// # Errors
/// When it cannot be sealed.
pub(crate) fn write<T: Serialize>(tx: &mut dyn ViewTx, slot: Slot<'_>, record: &T) -> Result<(), Fault> {
    let bytes = serde_json::to_vec(record).map_err(Fault::internal)?;
    Ok(tx.put(slot, &bytes).map(|_| ())?)
}

/// A record that was opened. Its error does not quote it, as that of the JSON parser would.
pub(crate) fn decode<T: DeserializeOwned>(opened: &Opened) -> Result<T, ViewError> {
    serde_json::from_slice(opened.plain.expose()).map_err(|_| ViewError::Malformed { what: "an auth method" })
}
