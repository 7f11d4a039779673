//! Transactions over several views at once, with a result.

use crate::fault::TxFault;
use kvd_barrier::{Barrier, BarrierTx};
use kvd_storage::{StoreError, Verdict, ViewError};
use parking_lot::Mutex;
use std::sync::Arc;

/// Runs `work` as one transaction: its changes take effect, in all views, if and only if it returns `Ok`.
pub(crate) async fn transact<T: Send + 'static>(
    barrier: &Arc<Barrier>,
    mut work: impl FnMut(&mut BarrierTx<'_>) -> Result<T, TxFault> + Send + 'static,
) -> Result<T, TxFault> {
    let outcome: Arc<Mutex<Option<Result<T, TxFault>>>> = Arc::new(Mutex::new(None));
    let place = Arc::clone(&outcome);
    barrier
        .transact(Box::new(move |tx| {
            let result = work(tx);
            let verdict = if result.is_ok() { Verdict::Commit } else { Verdict::Abandon };
            *place.lock() = Some(result);
            Ok(verdict)
        }))
        .await?;
    let result = outcome.lock().take();
    result.unwrap_or(Err(TxFault::View(ViewError::Store(StoreError::Closed))))
}
