//! A process that writes is killed two hundred times; what it acknowledged is there, and nothing is half there.
//! Then one meets a disk that takes no more.
//!
//! The parent starts this same program as a child that opens the store, checks all that is in it and says what it
//! found on its standard output; then it writes as fast as it can and says each acknowledged transaction, until it is
//! killed without warning. Some children die while they write, some while they recover from the death of the one
//! before.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![expect(clippy::print_stdout, reason = "it is how child and parent talk")]

mod common;

use kvd_storage::{Store, StoreError, Table, suite::Dice};
use kvd_storage_rocksdb::{OpenError, Options, RocksStore};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

const KILLS: usize = 200;
const WRITERS: u64 = 12;
/// Names the folder in the environment of a child.
const FOLDER: &str = "KVD_CRASH_FOLDER";
/// What a child is to do in the folder.
const TASK: &str = "KVD_CRASH_TASK";
/// Begins the line that says what a child found.
const FOUND: &str = "found ";
/// The exit status of a child that found the folder in use.
const IN_USE: i32 = 7;
/// Repeats a run: the seed is printed when one fails.
const SEED: &str = "KVD_CRASH_SEED";

fn main() {
    let Some(folder) = std::env::var_os(FOLDER) else { return check_everything() };
    let folder = Path::new(&folder);
    match std::env::var(TASK).unwrap().as_str() {
        "write" => write_until_killed(folder),
        "fail" => write_until_it_fails(folder),
        "open" => open_in_vain(folder),
        other => panic!("unknown task {other}"),
    }
}

fn open_in_vain(folder: &Path) {
    let refused = RocksStore::open(folder, &Options::default()).err();
    let in_use = |e: &StoreError| matches!(e, StoreError::Open { source } if matches!(source.downcast_ref(), Some(OpenError::InUse { .. })));
    std::process::exit(if refused.as_ref().is_some_and(in_use) { IN_USE } else { 0 });
}

/// Not every failure of a disk comes with the death of the process: this one sees it, and has to stop.
fn write_until_it_fails(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = RocksStore::open(folder, &Options::default()).unwrap();
        let found = common::verify(&store, WRITERS).await.unwrap();
        for number in found[0] + 1.. {
            match store.transact(common::transaction(0, number)).await {
                Ok(()) => say(&format!("0 {number}")),
                Err(StoreError::Commit { .. }) => break,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(matches!(store.transact(common::transaction(0, 1)).await, Err(StoreError::Stopped)));
        assert!(matches!(common::last(&store, 0).await, Err(StoreError::Stopped)));
        assert!(matches!(store.scan(Table::Heads, b"", None, 1).await, Err(StoreError::Stopped)));
    });
}

fn write_until_killed(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(RocksStore::open(folder, &Options::default()).unwrap());
        let found = common::verify(&*store, WRITERS).await.unwrap();
        say(&format!("{FOUND}{}", found.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")));
        let writers =
            (0..).zip(found).map(|(writer, last)| tokio::spawn(write(Arc::clone(&store), writer, last)));
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

async fn write(store: Arc<RocksStore>, writer: u64, last: u64) {
    for number in last + 1.. {
        if number.is_multiple_of(5) {
            store.transact(common::abandoned(writer)).await.unwrap();
        }
        store.transact(common::transaction(writer, number)).await.unwrap();
        say(&format!("{writer} {number}"));
    }
}

/// One line is one write, so the parent never sees half an acknowledgement.
fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn check_everything() {
    let seed = std::env::var(SEED).map_or(u64::from(std::process::id()), |seed| seed.parse().unwrap());
    println!("crash: {SEED}={seed} repeats this run");
    let folder = tempfile::tempdir().unwrap();
    what_was_acknowledged_survives(folder.path(), Dice::new(seed));
    another_process_is_refused(folder.path());
    a_disk_that_takes_no_more_stops_the_store(folder.path());
}

fn what_was_acknowledged_survives(folder: &Path, mut dice: Dice) {
    let mut known = Known([0; WRITERS as usize]);
    for kill in 1..=KILLS {
        run_child(folder, &mut dice, &mut known, &format!("kill {kill}"));
    }
    known.check(&reopened(folder), "in the end");
    let transactions = known.0.iter().sum::<u64>();
    assert!(transactions > KILLS as u64, "the children hardly wrote: {transactions}");
    println!("crash: {KILLS} kills, {transactions} transactions, none lost or torn");
}

fn another_process_is_refused(folder: &Path) {
    let _held = RocksStore::open(folder, &Options::default()).unwrap();
    let second = child(folder, "open").status().unwrap();
    assert_eq!(second.code(), Some(IN_USE), "a second process is to be told that the folder is in use");
}

/// The shell limits the size of files, so that at some byte the log takes no more; the signal for it is ignored.
fn a_disk_that_takes_no_more_stops_the_store(folder: &Path) {
    let mut known = Known(reopened(folder).try_into().unwrap());
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\""])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, folder)
        .env(TASK, "fail")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}: {}", child.status, String::from_utf8_lossy(&child.stderr));
    let said = String::from_utf8(child.stdout).unwrap();
    said.lines().for_each(|line| known.hear(line, "while the disk filled"));
    known.check(&reopened(folder), "after the disk was full");
    println!("crash: a full disk stopped the store after {} transactions", said.lines().count());
}

/// Opens what the children left, checks it and returns the last transaction of each writer.
fn reopened(folder: &Path) -> Vec<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = RocksStore::open(folder, &Options::default()).unwrap();
    runtime.block_on(common::verify(&store, WRITERS)).unwrap()
}

fn child(folder: &Path, task: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.env(FOLDER, folder).env(TASK, task);
    child
}

/// The last transaction of each writer that is known to have been acknowledged.
struct Known([u64; WRITERS as usize]);

impl Known {
    /// Takes a line of a child.
    fn hear(&mut self, line: &str, when: &str) {
        let numbers = |text: &str| text.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<u64>>();
        match line.strip_prefix(FOUND) {
            Some(found) => self.check(&numbers(found), when),
            None => self.0[numbers(line)[0] as usize] = numbers(line)[1],
        }
    }

    /// Compares with what a child or the parent found in the store, which counts from then on.
    fn check(&mut self, found: &[u64], when: &str) {
        for (writer, (found, known)) in found.iter().zip(&mut self.0).enumerate() {
            // One may have become durable without its acknowledgement having been said.
            let expected = *known..=*known + 1;
            assert!(expected.contains(found), "{when}: writer {writer} has {found}, expected {expected:?}");
            *known = *found;
        }
    }
}

/// Lets a child write until a moment that the dice choose.
fn run_child(folder: &Path, dice: &mut Dice, known: &mut Known, when: &str) {
    let mut child = child(folder, "write").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    if dice.below(4) == 0 {
        // Somewhere from its birth to its first transactions.
        thread::sleep(Duration::from_micros(dice.below(40_000) as u64));
    } else {
        let patience = 1 + dice.below(120);
        lines.by_ref().take(patience).for_each(|line| known.hear(&line, when));
        thread::sleep(Duration::from_micros(dice.below(2000) as u64));
    }
    child.kill().unwrap();
    lines.for_each(|line| known.hear(&line, when));
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "{when}: the child died by itself: {status}");
}
