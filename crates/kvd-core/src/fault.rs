//! From the errors of the floors below to what a caller is told.

use kvd_storage::{StoreError, ViewError};
use kvd_types::{EntropyError, Fault, FaultKind};

/// A failing store is the server's fault; one that has stopped or closed is not there for the moment.
pub(crate) fn storage(error: ViewError) -> Fault {
    match &error {
        ViewError::Sealed => Fault::sealed(),
        ViewError::Abandoned => Fault::from(error),
        ViewError::Store(StoreError::Stopped | StoreError::Closed) => {
            Fault::new(FaultKind::Unavailable, "storage is unavailable").caused_by(error)
        }
        ViewError::Store(_)
        | ViewError::Tampered { .. }
        | ViewError::Entropy(_)
        | ViewError::Malformed { .. } => Fault::internal(error),
    }
}

/// Without randomness nothing is made.
pub(crate) fn entropy(error: EntropyError) -> Fault {
    Fault::internal(error)
}

/// Either the store failed or the work itself refuses: the error of a transaction's work.
#[derive(Debug)]
pub(crate) enum TxFault {
    /// The store failed.
    View(ViewError),
    /// The work refuses.
    Fault(Fault),
}

impl From<ViewError> for TxFault {
    fn from(error: ViewError) -> Self {
        Self::View(error)
    }
}

impl From<Fault> for TxFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<TxFault> for Fault {
    fn from(error: TxFault) -> Self {
        match error {
            TxFault::View(error) => storage(error),
            TxFault::Fault(fault) => fault,
        }
    }
}
