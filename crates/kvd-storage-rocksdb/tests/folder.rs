//! The folder of a store belongs to one user and one process.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use bytes::Bytes;
use kvd_storage::{Store, StoreError, Table, Tx, Verdict};
use kvd_storage_rocksdb::{OpenError, Options, RocksStore};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

fn open(folder: &Path) -> Result<RocksStore, StoreError> {
    RocksStore::open(folder, &Options::default())
}

fn refusal(folder: &Path) -> Box<OpenError> {
    let refused = open(folder).err().unwrap();
    let StoreError::Open { source } = refused else { panic!("{refused:?}") };
    source.downcast().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_second_opening_is_refused_until_the_first_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let refusal = refusal(folder.path());
    assert!(matches!(*refusal, OpenError::InUse { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("in use by another process"));
    drop(store);
    open(folder.path()).unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3_u8 {
        let store = open(folder.path()).unwrap();
        let last = store.get(Table::System, b"round").await.unwrap();
        assert_eq!(last.map(|value| value[0]), round.checked_sub(1));
        let work = move |tx: &mut dyn Tx| {
            tx.put(Table::System, Bytes::from("round"), Bytes::copy_from_slice(&[round]));
            Ok(Verdict::Commit)
        };
        store.transact(Box::new(work)).await.unwrap();
    }
}

#[tokio::test]
async fn the_folder_and_its_files_are_closed_to_others() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("made/on/the/way");
    drop(open(&folder).unwrap());
    assert_eq!(mode(&folder), 0o700);

    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    let loose = folder.join("CURRENT");
    fs::set_permissions(&loose, Permissions::from_mode(0o644)).unwrap();
    let _store = open(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_file_is_no_folder() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("file");
    fs::write(&path, "").unwrap();
    let refusal = refusal(&path);
    assert!(matches!(*refusal, OpenError::Folder { .. }), "{refusal:?}");
}
