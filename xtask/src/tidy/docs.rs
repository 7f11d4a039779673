//! Rules about documents: what they tell people to type, and where they point.

use super::{Tree, folder_of};
use crate::USAGE;

/// Every `cargo xtask` command that a document names exists.
pub(super) fn commands(tree: &Tree) -> Vec<String> {
    let known: Vec<&str> = USAGE
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut findings = Vec::new();
    for (path, text) in tree.with_ending(".md").chain(tree.with_ending("ci/run")) {
        for (number, line) in text.lines().enumerate() {
            for (_, rest) in
                line.match_indices("cargo xtask ").map(|(at, found)| (at, &line[at + found.len()..]))
            {
                let command: String =
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                if !command.is_empty() && !known.contains(&command.as_str()) {
                    findings.push(format!("{path}:{}: there is no `cargo xtask {command}`", number + 1));
                }
            }
        }
    }
    findings
}

/// Every relative link of a document leads to a file or folder.
pub(super) fn links(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_ending(".md") {
        for target in
            text.match_indices("](").filter_map(|(at, found)| text[at + found.len()..].split(')').next())
        {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let at = resolved(folder_of(path), target);
            if !tree.has(&at) {
                findings.push(format!("{path}: nothing at {target}"));
            }
        }
    }
    findings
}

/// Every document that a comment points to is there.
pub(super) fn references(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_ending(".rs") {
        let comments = text.lines().filter(|line| line.trim_start().starts_with("//"));
        for word in comments.flat_map(str::split_whitespace) {
            let named = word.trim_matches(|c: char| !c.is_alphanumeric());
            if named.starts_with("docs/") && named.ends_with(".md") && !tree.has(named) {
                findings.push(format!("{path}: nothing at {named}"));
            }
        }
    }
    findings
}

/// A path from a folder, both relative to the root, without `.` and `..`.
fn resolved(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        let tree = tree(&[("README.md", "run `cargo xtask serve`\nthen `cargo xtask launch --now`")]);
        assert_eq!(commands(&tree), ["README.md:2: there is no `cargo xtask launch`"]);
    }

    #[test]
    fn a_document_that_a_comment_invents_is_found() {
        let tree =
            tree(&[("docs/a.md", ""), ("a.rs", "//! See `docs/a.md`."), ("b.rs", "//! See docs/b.md.")]);
        assert_eq!(references(&tree), ["b.rs: nothing at docs/b.md"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let text = "[a](../README.md) [b](gone.md) [c](https://example.com) [d](#here) [e](./decisions/)";
        let tree = tree(&[("README.md", ""), ("docs/a.md", text), ("docs/decisions/1.md", "")]);
        assert_eq!(links(&tree), ["docs/a.md: nothing at gone.md"]);
    }
}
