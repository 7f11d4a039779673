//! What a machine needs besides a Rust toolchain, and how it gets there.

use crate::shell;
use anyhow::{Result, bail};
use std::{fs, io::IsTerminal as _, path::Path};

/// A tool that the build needs.
struct Tool {
    /// Its package in Debian and Ubuntu.
    package: &'static str,
    /// What it is needed for.
    purpose: &'static str,
    present: fn() -> bool,
}

const TOOLS: [Tool; 4] = [
    Tool { package: "g++", purpose: "compiles RocksDB", present: || shell::has("g++") },
    Tool { package: "clang", purpose: "reads RocksDB's C header", present: || shell::has("clang") },
    Tool { package: "libclang-dev", purpose: "lets the build use clang as a library", present: has_libclang },
    Tool {
        package: "ccache",
        purpose: "keeps RocksDB from being compiled twice",
        present: || shell::has("ccache"),
    },
];

/// What recorded conversations and their player need.
const PLAYER: [Tool; 2] = [
    Tool { package: "python3", purpose: "plays recorded conversations", present: || shell::has("python3") },
    Tool {
        package: "openssl",
        purpose: "makes the certificates they use",
        present: || shell::has("openssl"),
    },
];

/// What the tests of the program type with.
const TYPISTS: [Tool; 4] = [
    Tool { package: "bash", purpose: "types what people type", present: || shell::has("bash") },
    Tool { package: "bsdutils", purpose: "gives commands a terminal", present: || shell::has("script") },
    Tool { package: "curl", purpose: "asks the API as guides do", present: || shell::has("curl") },
    Tool { package: "jq", purpose: "takes answers apart as guides do", present: || shell::has("jq") },
];

/// What foreign clients are installed and run with.
const CLIENTS: [Tool; 5] = [
    Tool { package: "python3", purpose: "runs hvac", present: || shell::has("python3") },
    Tool { package: "python3-venv", purpose: "keeps hvac in a folder of its own", present: has_venv },
    Tool { package: "nodejs", purpose: "runs node-vault", present: || shell::has("node") },
    Tool { package: "npm", purpose: "installs node-vault", present: || shell::has("npm") },
    Tool {
        package: "golang-go",
        purpose: "builds what uses Vault's Go module",
        present: || shell::has("go"),
    },
];

/// Installs what the build needs and is not there.
///
/// # Errors
/// When something is missing and cannot be installed from here; the text says what to do by hand.
pub(crate) fn install() -> Result<()> {
    install_missing(&TOOLS)
}

/// Installs what playing recorded conversations needs.
///
/// # Errors
/// As [`install`].
pub(crate) fn install_player() -> Result<()> {
    install_missing(&PLAYER)
}

/// Installs what the tests need besides the build.
///
/// # Errors
/// As [`install`].
pub(crate) fn install_typists() -> Result<()> {
    install_missing(&TYPISTS)
}

/// Installs what foreign clients need.
///
/// # Errors
/// As [`install`].
pub(crate) fn install_clients() -> Result<()> {
    install_missing(&CLIENTS)
}

fn install_missing(tools: &[Tool]) -> Result<()> {
    let missing: Vec<_> = tools.iter().filter(|tool| !(tool.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("The following is needed and not there:");
    for tool in &missing {
        println!("  {:<13} {}", tool.package, tool.purpose);
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    let Some(apt) = apt() else {
        bail!(
            "this machine has no apt-get that this command may use.\nInstall them by hand: on Debian or Ubuntu\n    \
             apt-get install {0}\non Fedora\n    dnf install gcc-c++ clang clang-devel ccache\non Alpine\n    apk add g++ clang \
             clang-dev ccache\nand run this command again",
            packages.join(" ")
        );
    };
    println!("They are installed with apt-get.\n");
    let run = |arguments: &[&str]| {
        let all: Vec<&str> = apt.iter().skip(1).chain(arguments).copied().collect();
        shell::run(apt[0], &all)
    };
    let install = [&["install", "--yes", "--no-install-recommends"], &packages[..]].concat();
    // The lists of a fresh machine are empty, those of an old one name versions that are gone.
    run(&["update"])?;
    run(&install)?;
    match missing.iter().find(|tool| !(tool.present)()) {
        Some(tool) => bail!("{} was installed and still cannot be found", tool.package),
        None => Ok(()),
    }
}

/// How to call apt-get with the rights that it needs; sudo may ask for a password where somebody is there to type it.
fn apt() -> Option<Vec<&'static str>> {
    if !shell::has("apt-get") {
        return None;
    }
    let answers = |program: &str, arguments: &[&str]| shell::output(program, arguments).unwrap_or_default();
    if answers("id", &["-u"]).trim() == "0" {
        return Some(vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    let can_ask = std::io::stdin().is_terminal();
    let allowed = shell::has("sudo") && (can_ask || shell::output("sudo", &["-n", "true"]).is_ok());
    allowed.then(|| vec!["sudo", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
}

/// Looks where the build will look: at the variable that names a place, and in the usual folders.
fn has_libclang() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return true;
    }
    let llvm = children("/usr/lib")
        .into_iter()
        .filter(|folder| folder.contains("/llvm"))
        .map(|folder| folder + "/lib");
    let usual = [
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
    ];
    let is_libclang = |file: &String| {
        let name = file.rsplit('/').next().unwrap_or_default();
        (name.starts_with("libclang.so") || name.starts_with("libclang-")) && name.contains(".so")
    };
    usual
        .iter()
        .map(|folder| (*folder).to_owned())
        .chain(llvm)
        .any(|folder| children(&folder).iter().any(is_libclang))
}

/// Debian ships Python without the part that makes environments.
fn has_venv() -> bool {
    shell::output("python3", &["-c", "import ensurepip, venv"]).is_ok()
}

fn children(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().to_string_lossy().into_owned()).collect()
}
