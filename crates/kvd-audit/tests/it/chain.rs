//! Logs that are changed in every way, and the first wrong line that is named.

use crate::support::NOW;
use kvd_audit::{
    ChainFault, Device, DeviceOptions, DeviceRules, Notary, PublicKey, Report, Signer, VerifyError, chain_of,
    verify,
};
use kvd_types::{Clock, Entropy, EntropyError, RequestId, Timestamp};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU8, Ordering},
    },
    time::Duration,
};

struct Key(Ed25519KeyPair);

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().unwrap()
    }

    fn public_key(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().unwrap()
    }
}

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

struct Counter(AtomicU8);

impl Entropy for Counter {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(self.0.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

/// A folder with a log, and a server that can be started and killed.
struct Scene {
    home: tempfile::TempDir,
    clock: Arc<HandClock>,
    ids: Counter,
    seed: u8,
}

impl Scene {
    fn new() -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(NOW.nanos())));
        Self { home: tempfile::tempdir().unwrap(), clock, ids: Counter(AtomicU8::new(0)), seed: 7 }
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("audit.log")
    }

    fn chain(&self) -> PathBuf {
        self.home.path().join("audit.log.chain")
    }

    fn start(&self) -> Device {
        let key = Key(Ed25519KeyPair::from_seed_unchecked(&[self.seed; 32]).unwrap());
        let raw = BTreeMap::from([("file_path".to_owned(), self.log().display().to_string())]);
        let options = DeviceOptions::parse("file", &raw).unwrap();
        let notary = Notary::new(Arc::new(key), self.clock.clone());
        Device::open("file/", &options, &[1; 32], &DeviceRules::default(), Some(notary)).unwrap()
    }

    fn pass(&self, time: Duration) {
        let nanos = i64::try_from(time.as_nanos()).unwrap();
        self.clock.0.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Writes `count` lines, with a record after every third.
    async fn write(&self, device: &Device, count: usize) {
        for number in 0..count {
            let id = RequestId::draw(&self.ids).unwrap();
            device.trial(self.clock.now(), id).await.unwrap();
            if number % 3 == 2 {
                device.checkpoint();
            }
            self.pass(Duration::from_millis(300));
        }
    }

    fn verify(&self) -> Result<Report, VerifyError> {
        verify(&self.log(), &self.chain(), None)
    }

    fn fault(&self) -> Option<ChainFault> {
        match self.verify() {
            Ok(_) => None,
            Err(VerifyError::Chain(fault)) => Some(fault),
            Err(other) => panic!("{other}"),
        }
    }

    /// What is found when the lines of the log are those that `change` makes of them.
    fn after(&self, change: impl FnOnce(&mut Vec<String>)) -> Option<ChainFault> {
        let before = fs::read_to_string(self.log()).unwrap();
        let mut lines = before.lines().map(str::to_owned).collect();
        change(&mut lines);
        fs::write(self.log(), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let fault = self.fault();
        fs::write(self.log(), before).unwrap();
        fault
    }
}

const LINES: usize = 11;

#[tokio::test]
async fn p11_each_deletion_swap_edit_cut_and_copy_of_each_line_is_found_and_named() {
    let scene = Scene::new();
    let device = scene.start();
    scene.write(&device, LINES).await;
    drop(device);
    let report = scene.verify().unwrap();
    assert_eq!((report.signed, report.unsigned, report.uncovered), (LINES as u64, 0, 0));
    for at in 0..LINES {
        let line = at as u64 + 1;
        let is_last = at + 1 == LINES;
        let cut = |after, missing| Some(ChainFault::Cut { after, missing });
        let removed = if is_last { cut(line - 1, 1) } else { Some(ChainFault::Removed { line }) };
        assert_eq!(scene.after(|l| drop(l.remove(at))), removed, "line {line} removed");
        assert_eq!(scene.after(|l| l.truncate(at)), cut(line - 1, (LINES - at) as u64), "cut before {line}");
        let changed = Some(ChainFault::Changed { line });
        assert_eq!(scene.after(|l| l[at] = l[at].replace("update", "read")), changed, "line {line} edited");
        assert_eq!(scene.after(|l| l[at].truncate(30)), changed, "line {line} cut short");
        let copied = Some(ChainFault::Duplicate { line: line + 1, of: line });
        assert_eq!(scene.after(|l| l.insert(at, l[at].clone())), copied, "line {line} copied");
        let added = Some(ChainFault::Added { line });
        assert_eq!(scene.after(|l| l.insert(at, "{}".to_owned())), added, "a line added before {line}");
        for other in at + 1..LINES {
            let moved = Some(ChainFault::Moved { line });
            assert_eq!(scene.after(|l| l.swap(at, other)), moved, "{line} swapped with {}", other + 1);
        }
    }
    let added = Some(ChainFault::Added { line: LINES as u64 + 1 });
    assert_eq!(scene.after(|l| l.push("{}".to_owned())), added);
}

#[tokio::test]
async fn p11_records_of_the_chain_cannot_be_changed_left_out_or_made_up() {
    let scene = Scene::new();
    let device = scene.start();
    scene.write(&device, LINES).await;
    drop(device);
    let before = fs::read_to_string(scene.chain()).unwrap();
    let records: Vec<&str> = before.lines().collect();
    assert_eq!(records.len(), 5, "open, three checkpoints, end");
    for at in 0..records.len() {
        let damaged = |record: &str| {
            let mut changed = records.clone();
            changed[at] = record;
            fs::write(scene.chain(), changed.iter().map(|r| format!("{r}\n")).collect::<String>()).unwrap();
            scene.verify().is_err()
        };
        assert!(damaged(&records[at].replace("\"lines\":", "\"lines\":1")), "{at} changed");
        assert!(damaged(&records[at].replace("2023", "2024")), "{at} with another time");
        assert!(damaged(records[(at + 1) % records.len()]), "{at} put in the place of another");
        assert!(at + 1 == records.len() || damaged(""), "{at} left out");
    }
    // Without its end the chain says no more than that the server may be running.
    fs::write(scene.chain(), records[..4].iter().map(|r| format!("{r}\n")).collect::<String>()).unwrap();
    let report = scene.verify().unwrap();
    assert_eq!((report.signed, report.unsigned), (9, 2));
}

#[tokio::test]
async fn p11_a_chain_that_was_cut_off_long_ago_is_found() {
    let scene = Scene::new();
    let device = scene.start();
    scene.write(&device, 300).await;
    drop(device);
    let chain = fs::read_to_string(scene.chain()).unwrap();
    let begin: String = chain.lines().take(3).map(|r| format!("{r}\n")).collect();
    fs::write(scene.chain(), begin).unwrap();
    // From line 7 on nothing is signed, and 60 seconds are 200 lines.
    assert_eq!(scene.fault(), Some(ChainFault::Late { from: 208, to: 300 }));
}

#[tokio::test]
async fn p11_a_kill_after_any_line_leaves_a_log_that_verifies_with_a_resume_record() {
    for killed_after in 0..LINES {
        let scene = Scene::new();
        let device = scene.start();
        scene.write(&device, killed_after).await;
        let chain = fs::read(scene.chain()).unwrap();
        let log = fs::read(scene.log()).unwrap();
        drop(device);
        // What lies on disk is what was there when the server was killed; the last record and line may be torn.
        for (torn_line, torn_record) in [(0, 0), (20, 0), (0, 20)] {
            // The operating system has every byte of a line that a record covers.
            let torn_line = if killed_after % 3 == 0 { 0 } else { torn_line };
            let torn_record = if killed_after < 3 { 0 } else { torn_record };
            fs::write(scene.log(), &log[..log.len() - torn_line]).unwrap();
            fs::write(scene.chain(), &chain[..chain.len() - torn_record]).unwrap();
            let again = scene.start();
            scene.write(&again, 2).await;
            drop(again);
            let report = scene.verify().unwrap();
            assert_eq!(report.signed, killed_after as u64 + 2);
            let covered = killed_after / 3 * 3 - if torn_record > 0 { 3 } else { 0 };
            let taken_up = report.resumed.iter().map(|(_, lines)| *lines).sum::<u64>();
            assert_eq!(taken_up, (killed_after - covered) as u64, "{killed_after} {report:?}");
        }
    }
}

#[tokio::test]
async fn p11_a_rotated_log_verifies_by_the_chain_of_the_name_it_had() {
    let scene = Scene::new();
    let device = scene.start();
    scene.write(&device, 5).await;
    let rotated = scene.log().with_extension("log-20260101");
    fs::rename(scene.log(), &rotated).unwrap();
    scene.write(&device, 4).await;
    assert_eq!(chain_of(&rotated), Some(scene.chain()));
    assert_eq!(chain_of(Path::new("/nonexistent/audit.log")), None);
    let old = verify(&rotated, &scene.chain(), None).unwrap();
    assert_eq!((old.signed, old.unsigned, old.others), (5, 0, 1));
    let new = scene.verify().unwrap();
    assert_eq!((new.signed, new.unsigned, new.others), (3, 1, 1));
    drop(device);
    fs::write(&rotated, fs::read_to_string(&rotated).unwrap().replacen("update", "read", 1)).unwrap();
    let fault = verify(&rotated, &scene.chain(), None);
    assert!(matches!(fault, Err(VerifyError::Chain(ChainFault::Changed { line: 1 }))), "{fault:?}");
}

#[tokio::test]
async fn p11_the_key_is_held_against_the_one_that_was_given() {
    let mut scene = Scene::new();
    let device = scene.start();
    scene.write(&device, 2).await;
    drop(device);
    let key = scene.verify().unwrap().key;
    assert_eq!(PublicKey::parse(&key.to_string()), Some(key));
    fs::remove_file(scene.chain()).unwrap();
    scene.seed = 8;
    drop(scene.start());
    assert_ne!(scene.verify().unwrap().key, key);
    let refused = verify(&scene.log(), &scene.chain(), Some(key));
    assert!(matches!(refused, Err(VerifyError::OtherKey)), "{refused:?}");
}

#[tokio::test]
async fn a_log_that_was_there_before_its_chain_is_covered_from_then_on() {
    let scene = Scene::new();
    let device = scene.start();
    scene.write(&device, 4).await;
    drop(device);
    fs::remove_file(scene.chain()).unwrap();
    let device = scene.start();
    scene.write(&device, 3).await;
    drop(device);
    let report = scene.verify().unwrap();
    assert_eq!((report.uncovered, report.signed), (4, 3));
    assert_eq!(scene.after(|l| drop(l.remove(5))), Some(ChainFault::Removed { line: 6 }));
}

#[test]
fn what_is_no_chain_is_not_written_to() {
    let scene = Scene::new();
    fs::write(scene.chain(), "#!/bin/sh\n").unwrap();
    let raw = BTreeMap::from([("file_path".to_owned(), scene.log().display().to_string())]);
    let options = DeviceOptions::parse("file", &raw).unwrap();
    let key = Key(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap());
    let notary = Notary::new(Arc::new(key), scene.clock.clone());
    let refused = Device::open("file/", &options, &[1; 32], &DeviceRules::default(), Some(notary));
    assert!(refused.is_err_and(|e| e.to_string().contains("holds something else")));
    assert_eq!(fs::read_to_string(scene.chain()).unwrap(), "#!/bin/sh\n");
}
