//! What nobody should be able to break: each target is a function of bytes that panics when something is wrong.
//!
//! The tests replay all seeds in `seeds/<target>/` and some hundred changes of each. The program goes on for as long
//! as it is let: `cargo xtask fuzz merge_patch 300` tries changes of the seeds for 300 seconds, and
//! keeps an input that breaks something as a new seed. A target is of the form that `libfuzzer` wants, too.

#![expect(clippy::unwrap_used, reason = "a panic is how a target says that something is wrong")]

mod bodies;
mod merge_patch;
mod mutate;
mod paths;
mod policies;
mod requests;
mod vault;

pub use self::mutate::Mutator;

use std::{fs, io, path::PathBuf};

/// A function of bytes, with a name.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name, which is that of its folder of seeds.
    pub name: &'static str,
    /// Takes an input.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "paths", run: paths::run },
    Target { name: "bodies", run: bodies::run },
    Target { name: "merge_patch", run: merge_patch::run },
    Target { name: "requests", run: requests::run },
    Target { name: "policies", run: policies::run },
];

impl Target {
    /// The folder of its seeds.
    pub fn folder(&self) -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "seeds", self.name].iter().collect()
    }

    /// Its seeds, in the order of their names.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn seeds(&self) -> io::Result<Vec<Vec<u8>>> {
        let entries = fs::read_dir(self.folder())?;
        let mut files: Vec<PathBuf> =
            entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
        files.sort();
        files.into_iter().map(fs::read).collect()
    }
}
