//! hvac's own integration tests, from its source distribution, which start `vault` servers themselves.

use super::{
    Setting,
    programs::HVAC,
    report::{Outcome, Verdict},
};
use anyhow::{Context as _, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

/// What the tests import, in versions that their authors name.
const PACKAGES: [&str; 9] = [
    HVAC,
    "jwcrypto==1.5.6",
    "packaging<24",
    "parameterized==0.8.1",
    "pyhcl==0.4.5",
    "pytest==7.4.4",
    "pytest-xdist==3.5.0",
    "requests-mock==1.12.1",
    "setuptools<81",
];

/// Test files for engines and auth methods that kvd does not have; they would only show that they are not there.
const ABSENT: [&str; 15] = [
    "auth_methods/test_aws.py",
    "auth_methods/test_azure.py",
    "auth_methods/test_gcp.py",
    "auth_methods/test_github.py",
    "auth_methods/test_ldap.py",
    "auth_methods/test_legacy_mfa.py",
    "auth_methods/test_oidc.py",
    "auth_methods/test_okta.py",
    "secrets_engines/test_aws.py",
    "secrets_engines/test_azure.py",
    "secrets_engines/test_gcp.py",
    "secrets_engines/test_pki.py",
    "secrets_engines/test_ssh.py",
    "secrets_engines/test_transform.py",
    "secrets_engines/test_transit.py",
];

/// Unpacks the tests and runs them.
pub(crate) fn run(setting: &Setting) -> Result<Vec<Verdict>> {
    let scratch = &setting.scratch;
    let python = scratch.python(&PACKAGES)?;
    let source = source(setting, &python)?;
    fs::create_dir_all(source.join("tests/config_files/generated"))?;
    println!("without the tests of what kvd does not have: {}", ABSENT.join(", "));
    let ignored = ABSENT.map(|file| format!("--ignore=tests/integration_tests/api/{file}"));
    let output = scratch
        .command(&python)
        .args(["-m", "pytest", "--quiet", "--numprocesses=2", "-rfEsp", "--tb=no", "-p", "no:cacheprovider"])
        .args(ignored)
        .arg("tests/integration_tests")
        .current_dir(&source)
        .env("HOME", scratch.home()?)
        .stderr(Stdio::inherit())
        .output()
        .context("pytest cannot be started")?;
    Ok(verdicts(&String::from_utf8_lossy(&output.stdout)))
}

/// The folder with the source of the same version as the client.
fn source(setting: &Setting, python: &Path) -> Result<PathBuf> {
    let folder = setting.scratch.folder("hvac")?;
    let source = folder.join(HVAC.replace("==", "-"));
    if !source.exists() {
        let download =
            ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", "."];
        let scratch = &setting.scratch;
        scratch.run(scratch.command(python).args(download).arg(HVAC).current_dir(&folder))?;
        let archive = folder.join(format!("{}.tar.gz", HVAC.replace("==", "-")));
        scratch.run(scratch.command("tar").arg("-xzf").arg(archive).current_dir(&folder))?;
    }
    Ok(source)
}

/// Reads pytest's closing lines: `PASSED file::Class::test`, `FAILED … - reason`, `SKIPPED [3] file:12: reason`.
fn verdicts(text: &str) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for line in text.lines() {
        let Some((word, rest)) = line.split_once(' ') else { continue };
        let (name, why) = rest.split_once(" - ").unwrap_or((rest, ""));
        // What tests log looks alike, but does not name a file of tests first.
        if !rest.trim_start_matches(|c: char| "[] ".contains(c) || c.is_ascii_digit()).starts_with("tests/") {
            continue;
        }
        let name = name.strip_prefix("tests/integration_tests/").unwrap_or(name).to_owned();
        match word {
            "PASSED" => verdicts.push(Verdict { name, outcome: Outcome::Passed }),
            "FAILED" | "ERROR" => verdicts.push(Verdict { name, outcome: Outcome::Failed(why.to_owned()) }),
            "SKIPPED" => {
                let count = rest.strip_prefix('[').and_then(|rest| rest.split(']').next()?.parse().ok());
                let outcome = Outcome::Skipped(rest.to_owned());
                verdicts.extend(vec![Verdict { name, outcome }; count.unwrap_or(1)]);
            }
            _ => {}
        }
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_pytest_become_verdicts() {
        let text = "..F.\nERROR    root:test_x.py:699 1\n=== short test summary info ===\nPASSED tests/integration_tests/a.py::T::test_b\n\
                    SKIPPED [2] tests/integration_tests/a.py:9: not here\n\
                    FAILED tests/integration_tests/a.py::T::test_c - assert 1 - 2\n1 failed, 1 passed in 1s\n";
        let verdicts = verdicts(text);
        assert_eq!(verdicts.len(), 4);
        assert_eq!((verdicts[0].name.as_str(), &verdicts[0].outcome), ("a.py::T::test_b", &Outcome::Passed));
        assert_eq!(verdicts[3].outcome, Outcome::Failed("assert 1 - 2".to_owned()));
    }
}
