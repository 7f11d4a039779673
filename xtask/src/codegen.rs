//! `cargo xtask codegen`: the pages of docs/reference, written from the code that they describe.
//!
//! The pages are made by a test of the kvd crate, which also fails when they are out of date: that way this
//! program need not be built with everything that kvd is made of.

use crate::{prerequisites, shell};
use anyhow::{Context, Result, bail};

const ARGUMENTS: [&str; 6] = ["test", "--package", "kvd", "--test", "reference", "--quiet"];

/// Writes the pages.
///
/// # Errors
/// When kvd does not build, or a page cannot be written.
pub(crate) fn write() -> Result<()> {
    test(Some("1"))
}

/// Checks the pages without writing any.
///
/// # Errors
/// When one is out of date.
pub(crate) fn check() -> Result<()> {
    test(None).context("run `cargo xtask codegen` and commit what it writes")
}

fn test(write: Option<&str>) -> Result<()> {
    prerequisites::install()?;
    println!("$ cargo {}", ARGUMENTS.join(" "));
    let mut command = shell::command(&shell::cargo_program(), &ARGUMENTS);
    command.envs(write.map(|value| ("KVD_WRITE_REFERENCE", value)));
    if !command.status().context("cargo cannot be started")?.success() {
        bail!("docs/reference is not what the code says");
    }
    Ok(())
}
