//! Files that were cut off, changed or lost: what is read is right or old or an error, and never false.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use kvd_storage::{Store, suite::Dice};
use kvd_storage_rocksdb::{Options, RocksStore};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const WRITER: u64 = 0;

fn open(folder: &Path) -> Result<RocksStore, kvd_storage::StoreError> {
    RocksStore::open(folder, &Options { record_cache_bytes: 0, ..Options::default() })
}

/// The files of a folder whose names end in `ending`, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.to_str().unwrap().ends_with(ending)).collect();
    paths.sort();
    paths
}

fn copy(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for path in files(folder, "") {
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

/// A power cut may keep any part of what was not flushed. Whatever it keeps, the store opens, has each transaction
/// that was flushed before, and has no part of one that was not.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_off_keeps_what_was_flushed_before_the_cut() {
    const SEED: u64 = 1;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let log = files(folder.path(), ".log").pop().unwrap();
    let length = || fs::metadata(&log).unwrap().len();
    let mut ends = vec![length()];
    for number in 1..=40 {
        store.transact(common::transaction(WRITER, number)).await.unwrap();
        ends.push(length());
    }
    drop(store);
    let mut dice = Dice::new(SEED);
    let mut cuts: Vec<u64> = ends.iter().flat_map(|end| [end.saturating_sub(1), *end, end + 1]).collect();
    cuts.extend((0..20).map(|_| dice.below(length() as usize) as u64));
    cuts.retain(|cut| *cut <= length());
    for cut in cuts {
        let copy = copy(folder.path());
        let log = fs::File::options().write(true).open(copy.path().join(log.file_name().unwrap())).unwrap();
        log.set_len(cut).unwrap();
        let store = open(copy.path()).unwrap_or_else(|e| panic!("cut at {cut}: {e:?}"));
        let found = common::verify(&store, 1).await.unwrap();
        let expected = ends.iter().rposition(|end| *end <= cut).unwrap_or(0) as u64;
        assert_eq!(found, [expected], "cut at {cut} of {ends:?}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    Flip,
    Zero,
    Cut,
    Remove,
}

impl Damage {
    const ALL: [Self; 4] = [Self::Flip, Self::Zero, Self::Cut, Self::Remove];

    fn apply(self, path: &Path, dice: &mut Dice) {
        let mut bytes = fs::read(path).unwrap();
        let place = dice.below(bytes.len().max(1));
        match self {
            Self::Flip => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            Self::Zero => {
                let end = bytes.len().min(place + 512);
                bytes[place..end].fill(0);
            }
            Self::Cut => bytes.truncate(place),
            Self::Remove => return fs::remove_file(path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_shows_as_an_error_or_as_an_older_state_but_never_as_a_false_value() {
    const SEED: u64 = 2;
    const LAST: u64 = 90;
    let folder = tempfile::tempdir().unwrap();
    // The second opening saves what the first has left in its log, so that there is something of everything.
    for numbers in [1..=60, 61..=LAST] {
        let store = open(folder.path()).unwrap();
        for number in numbers {
            store.transact(common::transaction(WRITER, number)).await.unwrap();
        }
    }
    assert!(!files(folder.path(), ".sst").is_empty() && !files(folder.path(), ".log").is_empty());
    let mut dice = Dice::new(SEED);
    let (mut refused, mut unreadable, mut read) = (0, 0, 0);
    for file in files(folder.path(), "") {
        for damage in Damage::ALL {
            for _ in 0..if matches!(damage, Damage::Remove) { 1 } else { 3 } {
                let copy = copy(folder.path());
                let damaged = copy.path().join(file.file_name().unwrap());
                damage.apply(&damaged, &mut dice);
                match open(copy.path()) {
                    Err(_) => refused += 1,
                    Ok(store) => match common::authentic(&store, LAST).await {
                        Err(_) => unreadable += 1,
                        Ok(_) => read += 1,
                    },
                }
            }
        }
    }
    assert!(
        refused > 0 && unreadable > 0 && read > 0,
        "{refused} refused, {unreadable} unreadable, {read} read"
    );
}

/// The strict setting refuses what the other one reads up to the damage.
#[tokio::test(flavor = "multi_thread")]
async fn only_an_operator_gives_up_what_lies_behind_a_damage_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let log = files(folder.path(), ".log").pop().unwrap();
    let mut ends = Vec::new();
    for number in 1..=100 {
        store.transact(common::transaction(WRITER, number)).await.unwrap();
        ends.push(fs::metadata(&log).unwrap().len() as usize);
    }
    drop(store);
    let mut bytes = fs::read(&log).unwrap();
    bytes[ends[9] + 100] ^= 1;
    fs::write(&log, bytes).unwrap();

    let refused = open(folder.path()).err().unwrap();
    let kvd_storage::StoreError::Open { source } = &refused else { panic!("{refused:?}") };
    let kvd_storage_rocksdb::OpenError::Damaged { .. } = source.downcast_ref().unwrap() else {
        panic!("{source:?}")
    };

    let options = Options { recovery: kvd_storage_rocksdb::Recovery::PointInTime, ..Options::default() };
    let store = RocksStore::open(folder.path(), &options).unwrap();
    assert_eq!(common::verify(&store, 1).await.unwrap(), [10]);
}
