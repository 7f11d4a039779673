//! A process that writes is killed two hundred times; what it acknowledged is there, and nothing is half there.
//!
//! The parent starts this same program as a child that writes as fast as it can and says each acknowledged
//! transaction on its standard output, kills it without warning, opens the store itself and checks everything. Some
//! children die while they write, some while they recover from the death of the one before.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![expect(clippy::print_stdout, reason = "it is how child and parent talk")]

mod common;

use kvd_storage::{Store, suite::Dice};
use kvd_storage_rocksdb::{Options, RocksStore};
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
/// Repeats a run: the seed is printed when one fails.
const SEED: &str = "KVD_CRASH_SEED";

fn main() {
    match std::env::var_os(FOLDER) {
        Some(folder) => write_until_killed(Path::new(&folder)),
        None => kill_and_check(),
    }
}

fn write_until_killed(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(RocksStore::open(folder, &Options::default()).unwrap());
        let writers = (0..WRITERS).map(|writer| tokio::spawn(write(Arc::clone(&store), writer)));
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

async fn write(store: Arc<RocksStore>, writer: u64) {
    let first = common::last(&*store, writer).await.unwrap() + 1;
    for number in first.. {
        if number.is_multiple_of(5) {
            store.transact(common::abandoned(writer)).await.unwrap();
        }
        store.transact(common::transaction(writer, number)).await.unwrap();
        // One line is one write, so the parent never sees half an acknowledgement.
        std::io::stdout().write_all(format!("{writer} {number}\n").as_bytes()).unwrap();
    }
}

fn kill_and_check() {
    let seed =
        std::env::var(SEED).map_or_else(|_| u64::from(std::process::id()), |seed| seed.parse().unwrap());
    let mut dice = Dice::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut known = vec![0; WRITERS as usize];
    for kill in 1..=KILLS {
        let acknowledged = run_child(folder.path(), &mut dice, known.clone());
        let shown = format!("{SEED}={seed}, kill {kill}");
        let store =
            RocksStore::open(folder.path(), &Options::default()).unwrap_or_else(|e| panic!("{shown}: {e:?}"));
        let found =
            runtime.block_on(common::verify(&store, WRITERS)).unwrap_or_else(|e| panic!("{shown}: {e:?}"));
        for (writer, (found, acknowledged)) in found.iter().zip(&acknowledged).enumerate() {
            // One may have become durable without its acknowledgement having been said.
            let expected = *acknowledged..=*acknowledged + 1;
            assert!(expected.contains(found), "{shown}: writer {writer} has {found}, expected {expected:?}");
        }
        known = found;
    }
    let transactions = known.iter().sum::<u64>();
    assert!(transactions > KILLS as u64, "the children hardly wrote: {transactions}");
    println!("crash: {KILLS} kills, {transactions} transactions, none lost or torn (seed {seed})");
}

/// Lets a child write until a moment that the dice choose; returns the last acknowledged transaction of each writer.
fn run_child(folder: &Path, dice: &mut Dice, mut acknowledged: Vec<u64>) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut note = |line: String| {
        let (writer, number) = line.split_once(' ').unwrap();
        acknowledged[writer.parse::<usize>().unwrap()] = number.parse().unwrap();
    };
    if dice.below(4) == 0 {
        // Somewhere from its birth to its first transactions.
        thread::sleep(Duration::from_micros(dice.below(60_000) as u64));
    } else {
        let patience = dice.below(250);
        lines.by_ref().take(patience).for_each(|line| note(line.unwrap()));
        thread::sleep(Duration::from_micros(dice.below(2000) as u64));
    }
    child.kill().unwrap();
    lines.for_each(|line| note(line.unwrap()));
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "the child died by itself: {status}");
    acknowledged
}
