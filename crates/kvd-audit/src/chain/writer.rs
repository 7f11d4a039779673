//! Writes the chain of one log, in step with the log itself.

use super::{
    Notary,
    record::{Kind, Record},
    tally::{Tally, hash, tag_of},
};
use crate::device::{Appender, ends_within_a_line};
use rustix::fs::{FlockOperation, OFlags, flock};
use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// Lines after which a record is written at once, so that memory and the size of a record stay bounded.
const MAX_LINES: u64 = 4096;
/// How much of a chain is read to find its last record: more than two of the longest.
const TAIL_BYTES: u64 = 256 << 10;
/// How far back the beginning of a line is looked for.
const LINE_BYTES: u64 = 40 << 20;

/// The chain of one log. Whoever writes the log tells it of every line.
pub(crate) struct Chain {
    notary: Notary,
    file: Appender<File>,
    last: Record,
    last_hash: [u8; 32],
    tally: Tally,
}

/// Where the chain of the log at `place` lies.
pub(super) fn beside(place: &Path) -> PathBuf {
    let mut name = OsString::from(place);
    name.push(".chain");
    PathBuf::from(name)
}

impl Chain {
    /// Opens the chain of `log`, which lies at `place`; none when somebody else is writing it.
    ///
    /// What the log holds beyond the last record, as after a crash, is taken up. A log that is not the one the chain
    /// knows begins a new section.
    pub(crate) fn open(log: &File, place: &Path, notary: &Notary) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default())
            .open(beside(place))?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("the file for its chain is not a regular file"));
        }
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        let last = last_record(&file, metadata.len())?;
        if last.is_none() && metadata.len() > 0 {
            return Err(io::Error::other("the file for its chain holds something else"));
        }
        let torn = ends_within_a_line(&file, metadata.len())?;
        let length = log.metadata()?.len();
        let key = notary.public_key();
        let now = notary.clock.now();
        let (mut tally, hash) = (Tally::new(), last.as_ref().map_or([0; 32], |(_, hash)| *hash));
        let record = match last {
            Some((last, hash)) if last.key == key && goes_on(log, length, &last)? => {
                take_up(log, last.bytes, &mut tally)?;
                last.next(Kind::Resume, now, length, &tally, hash)
            }
            last => Record {
                number: last.map_or(0, |(last, _)| last.number + 1),
                kind: Kind::Open,
                time: now,
                previous: hash,
                key,
                offset: length,
                lines: 0,
                bytes: length,
                digest: tally.digest(),
                tags: Vec::new(),
                last: None,
            },
        };
        let file = Appender::new(file, torn);
        let mut chain = Self { notary: notary.clone(), file, last: record.clone(), last_hash: hash, tally };
        chain.append(record)?;
        Ok(Some(chain))
    }

    /// Takes note of lines that were appended to the log, which is now `log`.
    ///
    /// # Errors
    /// When a record was due and could not be written.
    pub(crate) fn note(&mut self, lines: &[u8], log: &File) -> io::Result<()> {
        self.tally.add(lines);
        if self.tally.lines() < MAX_LINES {
            return Ok(());
        }
        self.checkpoint(log)
    }

    /// Writes a record of the lines since the last one, if there are any.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn checkpoint(&mut self, log: &File) -> io::Result<()> {
        if self.tally.lines() == 0 {
            return Ok(());
        }
        self.write(Kind::Checkpoint, log)
    }

    /// Writes the last record before the log is let go.
    ///
    /// # Errors
    /// When it cannot be written; the next start then finds an interruption.
    pub(crate) fn end(&mut self, log: &File) -> io::Result<()> {
        self.write(Kind::End, log)
    }

    fn write(&mut self, kind: Kind, log: &File) -> io::Result<()> {
        let (now, bytes) = (self.notary.clock.now(), log.metadata()?.len());
        self.append(self.last.next(kind, now, bytes, &self.tally, self.last_hash))
    }

    fn append(&mut self, record: Record) -> io::Result<()> {
        let mut line = record.render(|text| self.notary.signer.sign(text)).into_bytes();
        let next = hash(&line);
        line.push(b'\n');
        self.file.append(&line).map_err(|failed| failed.error)?;
        self.last = Record { tags: Vec::new(), ..record };
        self.last_hash = next;
        self.tally = Tally::new();
        Ok(())
    }
}

/// The last whole record of a chain and its hash. What a crash has torn stands behind it.
fn last_record(file: &File, length: u64) -> io::Result<Option<(Record, [u8; 32])>> {
    let start = length.saturating_sub(TAIL_BYTES);
    let tail = read(file, start, length)?;
    let mut lines = tail.rsplit(|byte| *byte == b'\n');
    Ok(lines.find_map(|line| Record::parse(line).map(|record| (record, hash(line)))))
}

/// Whether `log` is the one that `last` belongs to, with nothing cut off: where the record's lines end stands the last
/// of them.
fn goes_on(log: &File, length: u64, last: &Record) -> io::Result<bool> {
    if last.bytes > length {
        return Ok(false);
    }
    let Some(tag) = last.last else { return Ok(true) };
    let mut reach = 4096;
    loop {
        let start = last.bytes.saturating_sub(reach);
        let before = read(log, start, last.bytes)?;
        let line = before.strip_suffix(b"\n").unwrap_or(&before);
        match line.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => return Ok(tag_of(&line[at + 1..]) == tag),
            None if start == 0 => return Ok(tag_of(line) == tag),
            None if reach >= LINE_BYTES => return Ok(false),
            None => reach *= 8,
        }
    }
}

fn take_up(log: &File, from: u64, tally: &mut Tally) -> io::Result<()> {
    let mut log = log.try_clone()?;
    log.seek(SeekFrom::Start(from))?;
    let mut lines = BufReader::new(log);
    let mut line = Vec::new();
    while lines.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line)? > 0 {
        tally.add(&line);
        line.clear();
    }
    Ok(())
}

fn read(file: &File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(end.saturating_sub(start)).unwrap_or_default()];
    file.read_exact_at(&mut bytes, start)?;
    Ok(bytes)
}
