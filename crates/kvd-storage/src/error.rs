//! What can go wrong in a store, as subject and verb; never with keys or values in it.

use crate::Table;
use thiserror::Error;

/// A store failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A read failed.
    #[error("cannot read from table {table:?}")]
    Read {
        /// Where.
        table: Table,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A group of transactions could not be made durable; none of them took effect.
    #[error("cannot commit")]
    Commit {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Open {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An earlier flush failed: what is on the disk is unknown, so nothing more is acknowledged.
    #[error("the store has stopped after a failed flush")]
    Stopped,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// The work of a transaction panicked; it took no effect.
    #[error("a transaction panicked")]
    Panicked,
}
