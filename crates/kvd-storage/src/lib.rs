//! What a store must promise, a store in memory, and the exam that every store takes.
//!
//! Two seams meet here. Below is [`Store`]: opaque keys and sealed values, ordered, with one kind of change, the
//! transaction. Above is [`View`]: readable names and plain values, which only the barrier can make out of a
//! store. Engines see views; nothing but the barrier and the vault's start-up sees a store.

mod backend;
mod changes;
mod committer;
mod embedded;
mod error;
mod memory;
mod range;
mod store;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
mod transaction;
mod view;

pub use self::{
    backend::{ApplyError, Backend, Cause, Record},
    changes::{Changes, TableChanges},
    committer::Counters,
    embedded::EmbeddedStore,
    error::StoreError,
    memory::{Memory, MemoryStore},
    range::KeyRange,
    store::{Peek, Store, Table, Tx, TxWork, Verdict},
    view::{Listing, Opened, Page, Slot, Stamp, View, ViewError, ViewTx, ViewWork, transact},
};
