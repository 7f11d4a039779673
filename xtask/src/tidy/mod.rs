//! `cargo xtask tidy`: the rules of the house that the compiler does not know, each with its reason.

mod crates;
mod docs;
pub(crate) mod protos;
mod text;

use crate::shell;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{fs, path::Path};

/// A rule: what it is about, why it is one, and who breaks it.
pub(crate) struct Rule {
    name: &'static str,
    reason: &'static str,
    check: fn(&Tree) -> Vec<String>,
}

/// All rules.
const RULES: &[Rule] = &[
    Rule {
        name: "layers",
        reason: "a crate that knows only what is below it can be read, tested and used alone",
        check: crates::layers,
    },
    Rule {
        name: "keepers",
        reason: "what only one room may touch is reviewed in one place",
        check: crates::keepers,
    },
    Rule {
        name: "manifests",
        reason: "lints, versions and the purpose of a dependency are said once, for all crates",
        check: crates::manifests,
    },
    Rule {
        name: "openings",
        reason: "a file whose subject cannot be said in a sentence has more than one",
        check: text::openings,
    },
    Rule {
        name: "leftovers",
        reason: "nothing half-built lands, and no test is left out in silence",
        check: text::leftovers,
    },
    Rule {
        name: "length",
        reason: "a file of more than 700 lines has more than one subject",
        check: text::length,
    },
    Rule {
        name: "places",
        reason: "what is written here is read elsewhere: paths of one machine and addresses of registries mean nothing there",
        check: text::places,
    },
    Rule {
        name: "published",
        reason: "a client that was built yesterday must understand the server of tomorrow",
        check: protos::published,
    },
    Rule { name: "commands", reason: "the first command somebody copies must work", check: docs::commands },
    Rule { name: "references", reason: "a reason that cannot be read is no reason", check: docs::references },
    Rule {
        name: "links",
        reason: "a link that leads nowhere costs the trust in all others",
        check: docs::links,
    },
];

/// What the rules look at.
pub(crate) struct Tree {
    /// The text files of the repository, by their path from its root.
    files: Vec<(String, String)>,
    /// What `cargo metadata --no-deps` says.
    metadata: Value,
}

impl Tree {
    /// The repository as it stands, files included that git does not know yet.
    fn of_repository() -> Result<Self> {
        let listed = shell::output("git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
        let read = |path: &str| Some((path.to_owned(), fs::read_to_string(shell::root().join(path)).ok()?));
        let cargo = shell::cargo_program();
        let metadata = shell::output(&cargo, &["metadata", "--no-deps", "--format-version", "1"])?;
        let metadata = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
        Ok(Self { files: listed.lines().filter_map(read).collect(), metadata })
    }

    /// The files whose names end so.
    fn with_ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(ending))
            .map(|(path, text)| (&**path, &**text))
    }

    /// The file at that path.
    fn file(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(known, _)| known == path).map(|(_, text)| &**text)
    }

    /// Whether there is a file or folder at that path.
    fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.iter().any(|(known, _)| known == path || known.starts_with(&folder))
    }
}

/// Checks the repository and prints what breaks which rule.
///
/// # Errors
/// When a rule is broken.
pub(crate) fn report() -> Result<()> {
    let tree = Tree::of_repository()?;
    let mut broken = 0;
    for rule in RULES {
        let findings = (rule.check)(&tree);
        if !findings.is_empty() {
            println!("{}: {}", rule.name, rule.reason);
            findings.iter().for_each(|finding| println!("  {finding}"));
            broken += 1;
        }
    }
    if broken > 0 {
        bail!("{broken} rules of the house are broken");
    }
    println!("tidy: {} files keep {} rules", tree.files.len(), RULES.len());
    Ok(())
}

/// The folder part of a path, empty at the root.
fn folder_of(path: &str) -> &str {
    Path::new(path).parent().and_then(Path::to_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of the given files, for a rule to find fault with.
    pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Tree { files, metadata: Value::Null }
    }

    #[test]
    fn the_repository_keeps_every_rule() {
        let tree = Tree::of_repository().unwrap();
        for rule in RULES {
            assert_eq!((rule.check)(&tree), Vec::<String>::new(), "{}: {}", rule.name, rule.reason);
        }
    }
}
