//! `cargo xtask bench`: builds the server and the harness as they are shipped, and lets the harness measure;
//! the results are printed and lie in `target/bench`.

use crate::{prerequisites, shell};
use anyhow::Result;

/// Measures; the arguments go to the harness.
///
/// # Errors
/// When something does not build, or a server does not answer as it should.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    prerequisites::install()?;
    shell::cargo(&["build", "--release", "--package", "kvd", "--package", "kvd-bench"])?;
    let release = shell::target().join("release");
    let kvd = release.join("kvd").display().to_string();
    let harness = release.join("kvd-bench").display().to_string();
    let results = shell::target().join("bench").display().to_string();
    shell::run(&harness, &[&["--kvd", &kvd, "--out", &results], arguments].concat())
}
