//! RocksDB as a store of kvd: one folder, one process, one committer.
//!
//! All memory is bounded by [`Options`], all reads check checksums, and a commit is acknowledged only after the
//! write-ahead log was flushed with `fdatasync`. The folder is closed to other users of the machine; the files in it
//! follow the umask of the process, which a server sets to 077 when it starts.

mod engine;
mod error;
mod folder;
mod options;
mod store;

pub use self::{
    error::OpenError,
    options::{Options, Recovery},
    store::RocksStore,
};
