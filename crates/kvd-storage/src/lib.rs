//! What a store must promise, a store in memory, and the exam that every store takes.
//!
//! Two seams meet here. Below is [`Store`]: opaque keys and sealed values, ordered, with one kind of change, the
//! transaction. Above is [`View`]: readable names and plain values, which only the barrier can make out of a
//! store. Engines see views; nothing but the barrier and the vault's start-up sees a store.
//!
//! To add a store that lives in this process, implement [`Backend`] for it and put an [`EmbeddedStore`] in front,
//! which brings the committer; put [`Cached`] in between if its reads may wait for a disk. A store on another
//! machine implements [`Store`] itself. Either way one line makes it take the exam, `suite::run`, which the feature
//! `suite` turns on.

mod backend;
mod cache;
mod cached;
mod changes;
mod committer;
mod embedded;
mod epochs;
mod error;
mod memory;
mod names;
mod range;
mod store;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
mod transaction;
mod view;

pub use self::{
    backend::{ApplyError, Backend, Cause, Record},
    cached::Cached,
    changes::{Changes, TableChanges},
    committer::Counters,
    embedded::EmbeddedStore,
    epochs::GROUP_BYTES,
    error::StoreError,
    memory::{Memory, MemoryStore},
    names::{Names, NamesBuilder},
    range::KeyRange,
    store::{Peek, Store, Table, Tx, TxWork, Verdict},
    view::{
        Listing, Note, Opened, Page, Slot, Stamp, View, ViewError, ViewTx, ViewWork, contains, fetch,
        transact,
    },
};
