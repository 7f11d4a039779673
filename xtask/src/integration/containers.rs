//! The container image of `deploy/Containerfile`, started by testcontainers as the files in `deploy` start it.

use super::{
    Setting,
    report::{Outcome, Verdict},
};
use crate::shell;
use anyhow::{Context as _, Result, ensure};
use std::{env, process::Stdio};

/// What the image is called that is built for the exam.
const IMAGE: &str = "kvd:exam";

/// Builds the image, unless `KVD_IMAGE` names one that is there, and runs the tests of `kvd-containers` with it.
pub(crate) fn run(_: &Setting) -> Result<Vec<Verdict>> {
    let Some(engine) = ["docker", "podman"].into_iter().find(|&program| answers(program)) else {
        let why = "neither docker nor podman answers here".to_owned();
        return Ok(vec![Verdict { name: "image".to_owned(), outcome: Outcome::Skipped(why) }]);
    };
    let image = match env::var("KVD_IMAGE") {
        Ok(image) => image,
        Err(_) => {
            shell::run(engine, &["build", "--file", "deploy/Containerfile", "--tag", IMAGE, "."])?;
            IMAGE.to_owned()
        }
    };
    let output = shell::command(
        &shell::cargo_program(),
        &["test", "--manifest-path", "crates/kvd-containers/Cargo.toml", "--test", "image"],
    )
    .env("CARGO_TARGET_DIR", shell::target().join("integration/containers"))
    .env("KVD_IMAGE", image)
    .stderr(Stdio::inherit())
    .output()
    .context("cargo cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    let verdicts = verdicts(&text);
    ensure!(!verdicts.is_empty(), "the tests of the image did not run");
    Ok(verdicts)
}

/// Whether a container engine is installed and running.
fn answers(program: &str) -> bool {
    shell::has(program) && shell::output(program, &["info"]).is_ok()
}

/// Reads what cargo's tests print: `test NAME ... ok`.
fn verdicts(text: &str) -> Vec<Verdict> {
    let verdict = |line: &str| {
        let (name, word) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let outcome = match word.trim() {
            "ok" => Outcome::Passed,
            _ => Outcome::Failed("see the output of the test above".to_owned()),
        };
        Some(Verdict { name: name.to_owned(), outcome })
    };
    text.lines().filter_map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_cargo_become_verdicts() {
        let text =
            "running 2 tests\ntest a ... ok\ntest b::c ... FAILED\n\ntest result: FAILED. 1 passed; 1 failed";
        let verdicts = verdicts(text);
        assert_eq!(verdicts.len(), 2);
        assert_eq!((verdicts[0].name.as_str(), &verdicts[0].outcome), ("a", &Outcome::Passed));
        assert!(matches!(verdicts[1].outcome, Outcome::Failed(_)));
    }
}
