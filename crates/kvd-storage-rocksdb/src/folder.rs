//! The folder of a store: closed to others, and with room to spare.

use crate::error::{DiskFull, OpenError};
use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// A folder that only its owner can look into.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    reserve: u64,
}

impl Folder {
    /// Makes the folder if it is not there, and closes it to others if it is not.
    pub(crate) fn prepare(path: &Path, reserve: u64) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        close(path, 0o700).map_err(failed)?;
        Ok(Self { path: path.to_owned(), reserve })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the files that lie in the folder to others; they may have come from a copy or a looser umask.
    pub(crate) fn close_files(&self) -> Result<(), OpenError> {
        let closed = || -> io::Result<()> {
            for entry in fs::read_dir(&self.path)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    ignore_missing(close(&entry.path(), 0o600))?;
                }
            }
            Ok(())
        };
        closed().map_err(|source| OpenError::Folder { path: self.path.clone(), source })
    }

    /// Fails when a write might find the disk full half-way.
    ///
    /// RocksDB cannot take back half a write, so the store would have to stop; a refusal costs only this write.
    pub(crate) fn check_room(&self, bytes: u64) -> Result<(), DiskFull> {
        // Not knowing is no reason to refuse: the write itself will tell.
        let Ok(disk) = rustix::fs::statvfs(&self.path) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let reserve = self.reserve.min(disk.f_blocks.saturating_mul(disk.f_frsize) / 10);
        if free < reserve.saturating_add(bytes) { Err(DiskFull { free, reserve }) } else { Ok(()) }
    }
}

fn close(path: &Path, mode: u32) -> io::Result<()> {
    let permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// RocksDB removes files at its own pace.
fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_does_not_fit_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path(), 0).unwrap();
        assert!(folder.check_room(0).is_ok());
        assert!(folder.check_room(u64::MAX).is_err());
    }
}
