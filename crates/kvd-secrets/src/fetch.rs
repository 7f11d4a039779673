//! Reads a record: from memory where it can be told at once, else from the disk.

use kvd_storage::{Opened, Peek, Slot, View, ViewError};

/// The record in `slot`.
pub(crate) async fn fetch(view: &dyn View, slot: Slot<'_>) -> Result<Option<Opened>, ViewError> {
    match view.peek(slot)? {
        Peek::Known(record) => Ok(record),
        Peek::OnDisk => view.get(slot).await,
    }
}

/// Makes sure that the record in `slot` is in memory, so that the transaction that needs it does not hold up the
/// others by waiting for the disk.
pub(crate) async fn warm(view: &dyn View, slot: Slot<'_>) -> Result<(), ViewError> {
    fetch(view, slot).await.map(|_| ())
}
