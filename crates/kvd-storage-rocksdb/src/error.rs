//! Why a folder cannot be opened as a store.

use std::path::PathBuf;
use thiserror::Error;

/// The cause inside a [`kvd_storage::StoreError::Open`].
#[derive(Debug, Error)]
pub enum OpenError {
    /// The log ends in a way that no power cut explains; see [`crate::Recovery`] for the way out.
    #[error("the store in {path} is damaged, and opening it could lose acknowledged writes")]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What RocksDB says.
        source: rocksdb::Error,
    },
    /// The folder cannot be made, read or closed to others.
    #[error("cannot use the folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody else has the folder open.
    #[error("the store in {path} is in use by another process")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// Anything else.
    #[error("cannot open the store in {path}")]
    Other {
        /// The folder.
        path: PathBuf,
        /// What RocksDB says.
        source: rocksdb::Error,
    },
}

impl OpenError {
    pub(crate) fn of(path: PathBuf, source: rocksdb::Error) -> Self {
        // The two texts of RocksDB for a lock held by another process and by this one.
        let locked = ["While lock file", "lock hold by"].iter().any(|text| source.as_ref().contains(text));
        if source.kind() == rocksdb::ErrorKind::Corruption {
            Self::Damaged { path, source }
        } else if locked {
            Self::InUse { path }
        } else {
            Self::Other { path, source }
        }
    }
}

/// A table that was there when the store was opened is gone.
#[derive(Debug, Error)]
#[error("the column family {name} is missing")]
pub(crate) struct MissingTable {
    pub(crate) name: &'static str,
}

/// There is too little room left on the disk to be sure that a write will succeed.
#[derive(Debug, Error)]
#[error("the disk is full: {free} bytes are free, {reserve} are kept in reserve")]
pub(crate) struct DiskFull {
    pub(crate) free: u64,
    pub(crate) reserve: u64,
}
