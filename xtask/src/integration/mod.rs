//! `cargo xtask integration`: programs and test suites that others wrote, against a kvd started for them.
//!
//! Clients come from their package registries at run time and are kept below `target/integration`. An exam is one
//! line of [`EXAMS`]; what it may fail, and why, stands in `xtask/integration/known.toml`. A program of ours that uses
//! a client prints `ok NAME` or `not ok NAME: REASON` for each thing it tries, in whatever language it is written.

mod containers;
mod grpc;
mod guide;
mod hvac;
mod programs;
mod report;
mod scratch;
mod server;

use crate::{prerequisites, shell};
use anyhow::{Result, bail};
use report::{Known, Score, Verdict};
use scratch::Scratch;
use std::path::PathBuf;

/// One client, or one test suite of a client.
struct Exam {
    name: &'static str,
    /// What takes the exam, with its version.
    about: &'static str,
    run: fn(&Setting) -> Result<Vec<Verdict>>,
}

/// What an exam finds when it starts.
pub(crate) struct Setting {
    scratch: Scratch,
    /// A document whose programs are run as printed.
    guide: Option<PathBuf>,
}

/// Every exam. One line adds one.
const EXAMS: [Exam; 8] = [
    Exam { name: "guide", about: "the programs of --guide FILE, as printed there", run: guide::run },
    Exam { name: "go-api", about: "a program that uses Vault's Go module", run: programs::go_api },
    Exam { name: "node-vault", about: "a program that uses node-vault", run: programs::node_vault },
    Exam { name: "hvac-program", about: "a program that uses hvac", run: programs::hvac },
    Exam {
        name: "grpc-python",
        about: "a program that uses what grpcio-tools make of proto/",
        run: grpc::python,
    },
    Exam { name: "grpc-go", about: "a program that uses what Go's generators make of proto/", run: grpc::go },
    Exam { name: "hvac", about: "hvac's own integration tests", run: hvac::run },
    Exam {
        name: "containers",
        about: "the container image, started by testcontainers",
        run: containers::run,
    },
];

/// Runs the exams named, or all, and says how each went.
///
/// # Errors
/// When an exam fails what it is not known to fail, or cannot be held at all.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (guide, names) = parse(arguments)?;
    prerequisites::install()?;
    prerequisites::install_clients()?;
    shell::cargo(&["build", "--package", "kvd"])?;
    let setting = Setting { scratch: Scratch::prepare()?, guide };
    let known = Known::read()?;
    let mut scores = Vec::new();
    for exam in EXAMS.iter().filter(|exam| names.is_empty() || names.contains(&exam.name)) {
        println!("\n== {}: {}", exam.name, exam.about);
        let score = match (exam.run)(&setting) {
            Ok(verdicts) => known.judge(exam.name, &verdicts),
            Err(error) => Score::impossible(&error),
        };
        score.print_details();
        scores.push((exam.name, score));
    }
    report::print_table(&scores);
    if scores.iter().any(|(_, score)| !score.good()) {
        bail!("a client does not find what it expects");
    }
    Ok(())
}

fn parse<'a>(arguments: &[&'a str]) -> Result<(Option<PathBuf>, Vec<&'a str>)> {
    let (mut guide, mut names) = (None, Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match (*argument, EXAMS.iter().any(|exam| exam.name == *argument)) {
            ("--guide", _) => match arguments.next() {
                Some(file) => guide = Some(std::path::absolute(file)?),
                None => bail!("--guide needs a file"),
            },
            (name, true) => names.push(name),
            (_, false) => {
                let all: Vec<_> = EXAMS.iter().map(|exam| exam.name).collect();
                bail!("integration takes --guide FILE and the names of exams: {}", all.join(", "));
            }
        }
    }
    Ok((guide, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exams_can_be_named() {
        let (guide, names) = parse(&["hvac", "--guide", "/g.md", "go-api"]).unwrap();
        assert_eq!((guide, names), (Some(PathBuf::from("/g.md")), vec!["hvac", "go-api"]));
        assert!(parse(&["nothing-of-ours"]).is_err() && parse(&["--guide"]).is_err());
    }
}
