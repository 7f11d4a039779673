//! Holds a log against its chain, and names the first line that is not as it was written.
//!
//! Needs no secret. Without a key it trusts the one that the chain names last; who rewrites log and chain together can
//! name another, so the key should be asked of the server once and given.

use super::{
    record::{Kind, PublicKey, Record},
    tally::{TAG, Tag, Tally, hash},
    writer::beside,
};
use kvd_types::Timestamp;
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

/// The longest time between two lines without a record between them: records come every second.
const LATEST: Duration = Duration::from_secs(60);

/// What was found of a log that is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose signatures the chain bears.
    pub key: PublicKey,
    /// Lines from before the chain began, which nothing is known of.
    pub uncovered: u64,
    /// Lines that are signed.
    pub signed: u64,
    /// Lines after the last record, which the next one will cover.
    pub unsigned: u64,
    /// The time of the last record of this log.
    pub until: Timestamp,
    /// Interruptions, each with the lines that were taken up at the start after it.
    pub resumed: Vec<(Timestamp, u64)>,
    /// Logs that the chain knows and that are not this one, such as rotated ones.
    pub others: usize,
}

/// The first thing that is wrong. Lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChainFault {
    /// The log ends too early.
    #[error("the log is cut off: after line {after}, {missing} lines are missing")]
    Cut {
        /// The last line that is there.
        after: u64,
        /// How many were written after it.
        missing: u64,
    },
    /// A line is not there.
    #[error("before line {line}, a line was removed")]
    Removed {
        /// The line that stands where it should.
        line: u64,
    },
    /// A line stands elsewhere.
    #[error("line {line} is not in its place")]
    Moved {
        /// The line that stands where another should.
        line: u64,
    },
    /// A line is there twice.
    #[error("line {line} is a second copy of line {of}")]
    Duplicate {
        /// The second copy.
        line: u64,
        /// The first one.
        of: u64,
    },
    /// A line was never written.
    #[error("line {line} was added")]
    Added {
        /// The line.
        line: u64,
    },
    /// A line was written otherwise.
    #[error("line {line} was changed")]
    Changed {
        /// The line.
        line: u64,
    },
    /// Lines were written over a long time without a record.
    #[error("lines {from} to {to} were not signed in time; the chain may have been cut off")]
    Late {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// A record of the chain is not as it was written, or records before it are missing.
    #[error("record {record} of the chain is damaged, changed or missing")]
    Chain {
        /// How many records stand before it.
        record: u64,
    },
}

/// Why a log does not verify.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// The reason of the operating system.
        #[source]
        reason: io::Error,
    },
    /// There is no chain for this log.
    #[error("no chain lies beside the log")]
    NoChain,
    /// The chain bears no signature of the key that was given.
    #[error("the chain is not signed with the key that was given")]
    OtherKey,
    /// The chain knows no log with lines of this one.
    #[error("the chain knows nothing of this log")]
    OtherLog,
    /// The log or the chain is not as it was written.
    #[error(transparent)]
    Chain(#[from] ChainFault),
}

/// Where the chain of `log` lies: beside it, under its name or, for a rotated log, the name it had before.
pub fn chain_of(log: &Path) -> Option<PathBuf> {
    let name = log.file_name()?.to_str()?;
    let ends = name.char_indices().map(|(at, _)| at).filter(|at| *at > 0).chain([name.len()]);
    let mut places: Vec<PathBuf> = ends.map(|end| beside(&log.with_file_name(&name[..end]))).collect();
    places.reverse();
    places.into_iter().find(|place| place.is_file())
}

/// Verifies `log` by `chain`, signed with `key` where one is given.
///
/// # Errors
/// When the log is not as it was written, or cannot be verified.
pub fn verify(log: &Path, chain: &Path, key: Option<PublicKey>) -> Result<Report, VerifyError> {
    let logs = read_chain(chain, key)?;
    let lines = Lines::read(log)?;
    let newest = logs.len().checked_sub(1).ok_or(VerifyError::NoChain)?;
    let chosen = if log_of(chain).as_deref() == Some(log) {
        newest
    } else {
        let common = |at: &usize| lines.in_common_with(&logs[*at]);
        (0..logs.len()).max_by_key(common).filter(|at| common(at) > 0).ok_or(VerifyError::OtherLog)?
    };
    let mut report = check(&logs[chosen], &lines, chosen == newest)?;
    report.others = logs.len() - 1;
    Ok(report)
}

/// The log that lies beside `chain` under its own name.
fn log_of(chain: &Path) -> Option<PathBuf> {
    chain.to_str()?.strip_suffix(".chain").map(PathBuf::from)
}

/// The records of one log: its sections, one after the other.
type LogRecords = Vec<Record>;

/// Reads and checks the records, by log. A section that begins within a file belongs to the log of the one before it.
fn read_chain(path: &Path, key: Option<PublicKey>) -> Result<Vec<LogRecords>, VerifyError> {
    let mut logs: Vec<LogRecords> = Vec::new();
    let mut before: Option<(u64, [u8; 32])> = None;
    let mut torn = false;
    for line in BufReader::new(open(path)?).split(b'\n') {
        let line = line.map_err(|reason| io_error(path, reason))?;
        if line.is_empty() {
            continue;
        }
        let number = before.map_or(0, |(number, _)| number + 1);
        let Some(record) = Record::parse(&line) else {
            // A crash may tear a record; the next start then goes on from the one before it.
            if torn || line.ends_with(b"\"}") {
                return Err(ChainFault::Chain { record: number }.into());
            }
            torn = true;
            continue;
        };
        let follows = record.number == number && record.previous == before.map_or([0; 32], |(_, hash)| hash);
        let starts = matches!(record.kind, Kind::Open | Kind::Resume);
        if !follows || (torn && !starts) {
            return Err(ChainFault::Chain { record: number }.into());
        }
        torn = false;
        before = Some((number, hash(&line)));
        match logs.last_mut() {
            Some(log) if record.kind != Kind::Open || record.offset > 0 => log.push(record),
            _ => logs.push(vec![record]),
        }
    }
    let last = logs.last().and_then(|log| log.last()).ok_or(VerifyError::NoChain)?;
    let key = key.unwrap_or(last.key);
    logs.retain(|log| log.iter().all(|record| record.key == key));
    if logs.is_empty() { Err(VerifyError::OtherKey) } else { Ok(logs) }
}

/// The lines of a log that are not blank.
struct Lines {
    path: PathBuf,
    tags: Vec<Tag>,
    /// Where each begins, in bytes.
    starts: Vec<u64>,
}

impl Lines {
    fn read(path: &Path) -> Result<Self, VerifyError> {
        let mut lines = Self { path: path.to_owned(), tags: Vec::new(), starts: Vec::new() };
        let mut all = Tally::new();
        each_line(path, |start, line| {
            lines.tags.push(all.add_line(line));
            lines.starts.push(start);
        })?;
        Ok(lines)
    }

    fn in_common_with(&self, log: &LogRecords) -> usize {
        let known: std::collections::HashSet<&[u8]> =
            log.iter().flat_map(|record| record.tags.chunks(TAG)).collect();
        self.tags.iter().filter(|tag| known.contains(tag.as_slice())).count()
    }
}

/// Compares line by line by tags, then every stretch by its digest.
fn check(log: &LogRecords, lines: &Lines, newest: bool) -> Result<Report, VerifyError> {
    let (Some(first), Some(last)) = (log.first(), log.last()) else { return Err(VerifyError::NoChain) };
    let uncovered = lines.starts.partition_point(|start| *start < first.offset);
    let expected: Vec<Tag> = log.iter().flat_map(|record| record.tags.chunks(TAG)).map(tag).collect();
    let found = &lines.tags[uncovered..];
    let place = |at: usize| (uncovered + at + 1) as u64;
    let common = expected.iter().zip(found).take_while(|(e, f)| e == f).count();
    if common < expected.len() {
        return Err(name(&expected, found, common, &place).into());
    }
    let rest = found.len() - expected.len();
    let copy = found[expected.len()..].iter().zip(expected.len()..).find_map(|(tag, at)| {
        expected
            .iter()
            .position(|e| e == tag)
            .map(|of| ChainFault::Duplicate { line: place(at), of: place(of) })
    });
    if let Some(copy) = copy {
        return Err(copy.into());
    }
    if rest > 0 && (!newest || last.kind == Kind::End) {
        return Err(ChainFault::Added { line: place(expected.len()) }.into());
    }
    let mut report = Report {
        key: first.key,
        uncovered: uncovered as u64,
        signed: expected.len() as u64,
        unsigned: rest as u64,
        until: last.time,
        resumed: Vec::new(),
        others: 0,
    };
    walk(log, lines, uncovered, &mut report)?;
    Ok(report)
}

/// What is wrong at `at`, the first place where a line differs.
fn name(expected: &[Tag], found: &[Tag], at: usize, place: &dyn Fn(usize) -> u64) -> ChainFault {
    let line = place(at);
    let (wanted, Some(is)) = (expected[at], found.get(at)) else {
        return ChainFault::Cut { after: line - 1, missing: (expected.len() - at) as u64 };
    };
    let earlier: HashMap<&Tag, usize> = expected[..at].iter().enumerate().map(|(n, t)| (t, n)).collect();
    let wanted_follows = found[at + 1..].contains(&wanted);
    match (expected[at + 1..].contains(is), earlier.get(is)) {
        (true, _) if wanted_follows => ChainFault::Moved { line },
        (true, _) => ChainFault::Removed { line },
        (false, Some(of)) => ChainFault::Duplicate { line, of: place(*of) },
        (false, None) if wanted_follows => ChainFault::Added { line },
        (false, None) => ChainFault::Changed { line },
    }
}

/// Reads the log once more: each record's digest over its lines, and the times of lines that were signed late.
fn walk(log: &LogRecords, lines: &Lines, uncovered: usize, report: &mut Report) -> Result<(), VerifyError> {
    let mut at = 0_u64;
    let mut records = log.iter();
    let mut oldest: Option<Timestamp> = None;
    let mut record = records.next();
    let mut tally = Tally::new();
    let mut late: Option<(u64, u64)> = None;
    let mut wrong = None;
    each_line(&lines.path, |_, line| {
        at += 1;
        if at <= uncovered as u64 {
            return;
        }
        // A record that is complete gives way to the next one that stands for lines.
        while let Some(done) = record.filter(|r| r.tags.len() as u64 == tally.lines() * TAG as u64) {
            close(done, &mut tally, at, report, &mut wrong);
            oldest = None;
            record = records.next();
        }
        if let Some(written) = time_of(line).filter(|_| record.is_none_or(|r| r.kind == Kind::Resume))
            && written.since(*oldest.get_or_insert(written)) > LATEST
        {
            late = Some(late.map_or((at, at), |(from, _)| (from, at)));
        }
        tally.add_line(line);
    })?;
    while let Some(done) = record.filter(|r| r.tags.len() as u64 == tally.lines() * TAG as u64) {
        close(done, &mut tally, at + 1, report, &mut wrong);
        record = records.next();
    }
    match (wrong, late) {
        (Some(fault), _) => Err(fault.into()),
        (None, Some((from, to))) => Err(ChainFault::Late { from, to }.into()),
        (None, None) => Ok(()),
    }
}

/// Ends the stretch of one record before line `next`.
fn close(done: &Record, tally: &mut Tally, next: u64, report: &mut Report, wrong: &mut Option<ChainFault>) {
    let tally = std::mem::replace(tally, Tally::new());
    if tally.digest() != done.digest {
        wrong.get_or_insert(ChainFault::Changed { line: next - tally.lines().min(next) });
    }
    if done.kind == Kind::Resume {
        report.resumed.push((done.time, tally.lines()));
    }
}

/// When a line says it was written.
fn time_of(line: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(&line[..line.len().min(512)]);
    let (_, rest) = text.split_once("\"time\":\"")?;
    Timestamp::parse(rest.split_once('"')?.0)
}

fn tag(bytes: &[u8]) -> Tag {
    let mut tag = [0; TAG];
    tag.copy_from_slice(bytes);
    tag
}

fn each_line(path: &Path, mut take: impl FnMut(u64, &[u8])) -> Result<(), VerifyError> {
    let mut reader = BufReader::new(open(path)?);
    let (mut start, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(|reason| io_error(path, reason))?;
        if length == 0 {
            return Ok(());
        }
        match line.strip_suffix(b"\n").unwrap_or(&line) {
            [] => {}
            text => take(start, text),
        }
        start += length as u64;
    }
}

fn open(path: &Path) -> Result<File, VerifyError> {
    File::open(path).map_err(|reason| io_error(path, reason))
}

fn io_error(path: &Path, reason: io::Error) -> VerifyError {
    VerifyError::Io { path: path.display().to_string(), reason }
}
