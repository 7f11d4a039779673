//! Tells the program when its source was last changed, which status calls report as the build date.
//!
//! The time of the commit rather than that of the build: the same source gives the same program.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=KVD_BUILD_DATE");
    // Asked of git, because in a linked work tree `.git` is a file, and a path that is not there would have this
    // program built again each time.
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--path-format=absolute", "--git-path", file])
            && Path::new(&path).exists()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let date = env::var("KVD_BUILD_DATE")
        .ok()
        .or_else(commit_date)
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    println!("cargo:rustc-env=KVD_BUILD_DATE={date}");
}

/// The time of the last commit, RFC 3339 in UTC; none outside a checkout.
fn commit_date() -> Option<String> {
    git(&["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"])
        .filter(|date| date.len() == 20)
}

/// What git says in one line; none where there is no checkout, or no git.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).env("TZ", "UTC").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
