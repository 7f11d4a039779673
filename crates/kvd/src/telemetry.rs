//! The program's own log: what it looks like, where it goes, and that nobody waits for it.

use crate::config::{Config, LogFormat, LogLevel};
use anyhow::{Context as _, Result};
use kvd_core::{LogLevels, Vault};
use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal as _, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
    reload::{self, Handle},
};

/// Lines that may wait for a slow reader; further ones are dropped, so that a full pipe never holds up a request.
const WAITING_LINES: usize = 16_384;
/// The name of the log when the setting names a folder.
const FILE_NAME: &str = "kvd.log";

/// The running log. When dropped, it waits a moment for lines that have not been written.
pub struct Logs {
    level: Handle<Targets, Registry>,
    reopen: Option<Arc<AtomicBool>>,
    _writers: Vec<WorkerGuard>,
}

impl Logs {
    /// Starts the log of the process.
    ///
    /// # Errors
    /// When the file cannot be opened, or there is a log already.
    pub fn start(config: &Config) -> Result<Self> {
        let (level, handle) = reload::Layer::new(filter(config.log_level));
        let (stderr, guard) = non_blocking(io::stderr());
        let terminal = io::stderr().is_terminal();
        let format =
            config.log_format.unwrap_or(if terminal { LogFormat::Standard } else { LogFormat::Json });
        let mut writers = vec![guard];
        let mut reopen = None;
        let file = match &config.log_file {
            Some(path) => {
                let file = LogFile::open(path)
                    .with_context(|| format!("the log file {} cannot be opened", path.display()))?;
                reopen = Some(file.reopen.clone());
                let (file, guard) = non_blocking(file);
                writers.push(guard);
                Some(lines(format, false, file))
            }
            None => None,
        };
        let registry = Registry::default().with(level).with(lines(format, terminal, stderr)).with(file);
        tracing::subscriber::set_global_default(registry).context("there is a log already")?;
        Ok(Self { level: handle, reopen, _writers: writers })
    }

    /// Opens the file anew.
    pub fn reopen(&self) {
        if let Some(reopen) = &self.reopen {
            reopen.store(true, Ordering::Release);
        }
    }

    /// Lets each part of the program log as much as `vault` says, now and at each change.
    pub fn follow(&self, vault: &Vault) {
        let handle = self.level.clone();
        vault.on_log_levels_change(move |levels| {
            // There is nobody to tell: the log itself is what could not be changed.
            _ = handle.reload(filter_of(levels));
        });
    }
}

/// The level of each part that has one of its own, and of everything else of ours.
fn filter_of(levels: &LogLevels) -> Targets {
    let parts = levels.iter().map(|(part, level)| (format!("kvd_{part}"), filter_level(level)));
    filter_at(filter_level(levels.configured())).with_targets(parts)
}

fn filter_level(level: kvd_core::LogLevel) -> LevelFilter {
    match level {
        kvd_core::LogLevel::Trace => LevelFilter::TRACE,
        kvd_core::LogLevel::Debug => LevelFilter::DEBUG,
        kvd_core::LogLevel::Info => LevelFilter::INFO,
        kvd_core::LogLevel::Warn => LevelFilter::WARN,
        kvd_core::LogLevel::Error => LevelFilter::ERROR,
    }
}

/// Our own lines at the level that was asked for. Libraries may print what passes through them, tokens in headers
/// included, so below a warning they are never heard.
fn filter(level: LogLevel) -> Targets {
    filter_at(match level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    })
}

fn filter_at(level: LevelFilter) -> Targets {
    Targets::new().with_target("kvd", level).with_default(level.min(LevelFilter::WARN))
}

fn non_blocking(writer: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING_LINES).finish(writer)
}

/// One line for each event, for people or for machines.
fn lines<S>(format: LogFormat, colours: bool, writer: NonBlocking) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    match format {
        LogFormat::Standard => fmt::layer().with_ansi(colours).with_writer(writer).boxed(),
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(writer).boxed(),
    }
}

/// A file that can be moved away: after a reload the next line goes to a new one of the old name.
struct LogFile {
    path: PathBuf,
    file: File,
    reopen: Arc<AtomicBool>,
}

impl LogFile {
    fn open(path: &Path) -> io::Result<Self> {
        let path = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
        Ok(Self { file: append_to(&path)?, path, reopen: Arc::default() })
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reopen.swap(false, Ordering::Acquire) {
            // Where the new file cannot be made, lines are better kept in the old one than nowhere.
            if let Ok(file) = append_to(&self.path) {
                self.file = file;
            }
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_was_moved_away_is_made_anew_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(folder.path()).unwrap();
        let (now, old) = (folder.path().join(FILE_NAME), folder.path().join("old"));
        log.write_all(b"1\n").unwrap();
        fs::rename(&now, &old).unwrap();
        log.write_all(b"2\n").unwrap();
        log.reopen.store(true, Ordering::Release);
        log.write_all(b"3\n").unwrap();
        assert_eq!(fs::read_to_string(old).unwrap(), "1\n2\n");
        assert_eq!(fs::read_to_string(now).unwrap(), "3\n");
    }

    #[test]
    fn a_reader_that_does_not_read_costs_lines_and_no_time() {
        let (reader, writer) = io::pipe().unwrap();
        let (mut lines, guard) = non_blocking(writer);
        let dropped = lines.error_counter();
        // Far more than the pipe and the queue hold; if a write waited for the reader, this would never end.
        for _ in 0..2 * WAITING_LINES {
            lines.write_all(&[b'x'; 100]).unwrap();
        }
        assert!(dropped.dropped_lines() > 0);
        drop(reader);
        drop(guard);
    }
}
