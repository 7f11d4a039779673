//! `cargo xtask codegen`: the pages of docs/reference, written from the code that they describe, and the code of
//! kvd-proto, written from the definitions in proto/.
//!
//! Both are made by tests, of the kvd crate and of kvd-proto, which also fail when they are out of date: that way this
//! program need not be built with everything that kvd is made of.

use crate::{prerequisites, shell, tidy::protos};
use anyhow::{Context, Result, bail};

/// The packages and their tests that write; the code comes first, since the pages are made with it.
const TESTS: [(&str, &str); 2] = [("kvd-proto", "codegen"), ("kvd", "reference")];

/// Writes the pages and the code.
///
/// # Errors
/// When something does not build, cannot be written, or would break what was published.
pub(crate) fn write() -> Result<()> {
    protos::publish()?;
    TESTS.iter().try_for_each(|(package, name)| test(package, name, Some("1")))
}

/// Checks the pages and the code without writing any.
///
/// # Errors
/// When one is out of date.
pub(crate) fn check() -> Result<()> {
    let checked = TESTS.iter().try_for_each(|(package, name)| test(package, name, None));
    checked.context("run `cargo xtask codegen` and commit what it writes")
}

fn test(package: &str, name: &str, write: Option<&str>) -> Result<()> {
    prerequisites::install()?;
    let arguments = ["test", "--package", package, "--test", name, "--quiet"];
    println!("$ cargo {}", arguments.join(" "));
    let mut command = shell::command(&shell::cargo_program(), &arguments);
    command.envs(write.map(|value| ("KVD_WRITE_REFERENCE", value)));
    if !command.status().context("cargo cannot be started")?.success() {
        bail!("what is committed is not what {package} says");
    }
    Ok(())
}
