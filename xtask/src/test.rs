//! `cargo xtask test`: every check there is, in the order in which a mistake is found soonest, then the totals.

use crate::{prerequisites, shell, tidy};
use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
    time::Instant,
};

/// How many tests passed, failed and were left out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Everything that must hold before a change lands.
///
/// # Errors
/// When something does not.
pub(crate) fn everything() -> Result<()> {
    prerequisites::install()?;
    prerequisites::install_typists()?;
    step("formatting", || shell::cargo(&["fmt", "--all", "--check"]))?;
    step("rules of the house", tidy::report)?;
    step("lints", || {
        shell::cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])
    })?;
    run_tests(&["test", "--workspace", "--no-fail-fast"])
}

/// The tests whose name holds `filter`.
///
/// # Errors
/// When one fails, or there is none.
pub(crate) fn some(filter: &str) -> Result<()> {
    prerequisites::install()?;
    prerequisites::install_typists()?;
    run_tests(&["test", "--workspace", "--no-fail-fast", "--", filter])
}

fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    run().with_context(|| format!("{name} failed"))?;
    println!("{name}: in order ({:.0} s)\n", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs the tests with their output on ours, and adds up what each program of tests says at its end.
fn run_tests(arguments: &[&str]) -> Result<()> {
    println!("$ cargo {}", arguments.join(" "));
    let mut child = shell::command(&shell::cargo_program(), arguments)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let mut totals = Totals::default();
    for line in child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
        let line = line?;
        totals.add(&line);
        println!("{line}");
    }
    let status = child.wait()?;
    println!("\n{} passed, {} failed, {} skipped", totals.passed, totals.failed, totals.ignored);
    match (status.success(), totals.passed) {
        (false, _) => bail!("tests failed"),
        (true, 0) => bail!("no test was run"),
        (true, _) => Ok(()),
    }
}

impl Totals {
    /// Takes the figures from a line like `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(figures) = line.strip_prefix("test result: ") else { return };
        let figures = figures.split_once(". ").map_or("", |(_, figures)| figures);
        for figure in figures.split("; ") {
            let (number, what) = figure.split_once(' ').unwrap_or_default();
            let number: u64 = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_added_up_from_the_closing_lines() {
        let mut totals = Totals::default();
        for line in [
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "test something ... ok",
        ] {
            totals.add(line);
        }
        assert_eq!(totals, Totals { passed: 7, failed: 2, ignored: 1 });
    }
}
