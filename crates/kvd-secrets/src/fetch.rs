//! Reads a record, or only brings it into memory.

pub(crate) use kvd_storage::{contains, fetch};

use kvd_storage::{Slot, View, ViewError};

/// Makes sure that the record in `slot` is in memory, so that the transaction that needs it does not hold up the
/// others by waiting for the disk.
pub(crate) async fn warm(view: &dyn View, slot: Slot<'_>) -> Result<(), ViewError> {
    contains(view, slot).await.map(|_| ())
}
