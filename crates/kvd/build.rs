//! Tells the program when its source was last changed, which status calls report as the build date.
//!
//! The time of the commit rather than that of the build: the same source gives the same program.

use std::{env, process::Command};

fn main() {
    println!("cargo:rerun-if-env-changed=KVD_BUILD_DATE");
    println!("cargo:rerun-if-changed=../../.git/HEAD");
    println!("cargo:rerun-if-changed=../../.git/logs/HEAD");
    let date = env::var("KVD_BUILD_DATE")
        .ok()
        .or_else(commit_date)
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    println!("cargo:rustc-env=KVD_BUILD_DATE={date}");
}

/// The time of the last commit, RFC 3339 in UTC; none outside a checkout.
fn commit_date() -> Option<String> {
    let output = Command::new("git")
        .args(["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"])
        .env("TZ", "UTC")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let date = text.trim();
    (output.status.success() && date.len() == 20).then(|| date.to_owned())
}
