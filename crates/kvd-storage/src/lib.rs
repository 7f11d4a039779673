//! What a store must promise, a store in memory, and the exam that every store takes.
//!
//! Two seams meet here. Below is [`Store`]: opaque keys and sealed values, ordered, with one kind of change, the
//! transaction. Above is [`View`]: readable names and plain values, which only the barrier can make out of a
//! store. Engines see views; nothing but the barrier and the vault's start-up sees a store.

mod error;
mod store;
mod view;

pub use self::{
    error::StoreError,
    store::{Peek, Store, Table, Tx, TxWork, Verdict},
    view::{Listing, Opened, Page, Slot, Stamp, View, ViewError, ViewTx, ViewWork, transact},
};
