//! Measures a server beside a bare HTTP server that answers the same bytes, in one run and in alternating rounds.
//!
//! What counts is the server's CPU time for each request and its ratio to the bare server's: that is what a noisy
//! machine distorts least. Rates are printed for orientation.

#![expect(clippy::print_stdout, reason = "the figures are for people")]

mod bare;
mod connection;
mod load;
mod process;
mod report;
mod setup;
mod workload;

use anyhow::{Context as _, Result, bail};
use std::{path::PathBuf, time::Duration};

/// What to measure, and how.
struct Options {
    /// The kvd program.
    kvd: PathBuf,
    /// Another server of the same API, to be measured in the same rounds.
    against: Option<PathBuf>,
    read: bool,
    write: bool,
    /// How long one round takes.
    round: Duration,
    /// How many rounds each server gets.
    rounds: usize,
}

const USAGE: &str = "kvd-bench --kvd PATH [--against PATH] [--seconds N] [--rounds N] [read] [write]";

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut kvd, mut against, mut read, mut write) = (None, None, false, false);
        let (mut seconds, mut rounds) = (2, 3);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value\n{USAGE}"));
            match argument.as_str() {
                "--kvd" => kvd = Some(value()?.into()),
                "--against" => against = Some(value()?.into()),
                "--seconds" => seconds = value()?.parse()?,
                "--rounds" => rounds = value()?.parse()?,
                "read" => read = true,
                "write" => write = true,
                _ => bail!("{argument} is not known\n{USAGE}"),
            }
        }
        let kvd = kvd.context(USAGE)?;
        let all = !read && !write;
        let round = Duration::from_secs(seconds);
        Ok(Self { kvd, against, read: read || all, write: write || all, round, rounds })
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    if let Some(options) = bare::Options::parse(std::env::args().skip(1))? {
        return runtime()?.block_on(bare::serve(options));
    }
    let options = Options::parse(&mut arguments)?;
    runtime()?.block_on(workload::run(&options))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
