//! Measures a server beside a bare HTTP server that answers the same bytes, in one run and in alternating rounds.
//!
//! What counts is the server's CPU time for each request and its ratio to the bare server's: that is what a noisy
//! machine distorts least. Rates are printed for orientation.

#![expect(clippy::print_stdout, reason = "the figures are for people")]

mod bare;
mod connection;
mod fill;
mod live;
mod load;
mod plot;
mod process;
mod report;
mod rows;
mod setup;
mod workload;

use anyhow::{Context as _, Result, bail};
use std::{fs, path::PathBuf, time::Duration};

/// What to measure, and how.
struct Options {
    /// The kvd program.
    kvd: PathBuf,
    /// Another server of the same API, to be measured in the same rounds.
    against: Option<PathBuf>,
    /// The groups of rows; all of them when empty.
    groups: Vec<String>,
    /// How long one round takes.
    round: Duration,
    /// How many rounds each server gets.
    rounds: usize,
    /// The folder for the results as files.
    out: Option<PathBuf>,
}

const USAGE: &str =
    "kvd-bench --kvd PATH [--against PATH] [--seconds N] [--rounds N] [--out FOLDER] [GROUP…]";

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut kvd, mut against, mut out, mut groups) = (None, None, None, Vec::new());
        let (mut seconds, mut rounds) = (2, 3);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value\n{USAGE}"));
            match argument.as_str() {
                "--kvd" => kvd = Some(value()?.into()),
                "--against" => against = Some(value()?.into()),
                "--out" => out = Some(value()?.into()),
                "--seconds" => seconds = value()?.parse()?,
                "--rounds" => rounds = value()?.parse()?,
                group if group == live::NAME || rows::GROUPS.iter().any(|known| known.name == group) => {
                    groups.push(argument);
                }
                _ => {
                    let known: Vec<_> =
                        rows::GROUPS.iter().map(|group| group.name).chain([live::NAME]).collect();
                    bail!("{argument} is not known\n{USAGE}\ngroups: {}", known.join(" "))
                }
            }
        }
        let kvd = kvd.context(USAGE)?;
        Ok(Self { kvd, against, groups, round: Duration::from_secs(seconds), rounds, out })
    }

    fn wants(&self, group: &str) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|wanted| wanted == group)
    }
}

fn main() -> Result<()> {
    if let Some(options) = bare::Options::parse(std::env::args().skip(1))? {
        return runtime()?.block_on(bare::serve(options));
    }
    let options = Options::parse(std::env::args().skip(1))?;
    let report = runtime()?.block_on(workload::run(&options))?;
    if let Some(folder) = &options.out {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("results.json"), format!("{:#}\n", report.json()))?;
        fs::write(folder.join("results.svg"), plot::svg(report.lines()))?;
    }
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
