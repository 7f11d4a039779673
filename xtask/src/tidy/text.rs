//! Rules about the text of files.

use super::Tree;

/// A file with more lines has more than one subject.
const LONGEST: usize = 700;

/// Marks of unfinished or forgotten work; silenced lints are clippy's to find. Written in pieces, so that this file does not break its own rule.
const LEFTOVERS: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("dbg", "!("),
    concat!("todo", "!("),
    concat!("unimpl", "emented!("),
    concat!("#[ig", "nore"),
];

/// Paths of the machine that something was written on, and addresses of package registries.
const PLACES: [&str; 10] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/."),
    concat!("/tmp/br", "ief"),
    concat!("/home/", "user/"),
    concat!("static.", "crates.io"),
    concat!("index.", "crates.io"),
    concat!("pypi", ".org"),
    concat!("registry.", "npmjs.org"),
    concat!("proxy.", "golang.org"),
    concat!("deb.", "debian.org"),
];

/// Every Rust file says in its first line what it is about.
pub(super) fn openings(tree: &Tree) -> Vec<String> {
    let silent = tree.with_ending(".rs").filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| format!("{path} does not start with `//!` and a sentence")).collect()
}

/// No file holds a mark of unfinished work.
pub(super) fn leftovers(tree: &Tree) -> Vec<String> {
    let code = [".rs", ".toml", ".sh", ".yaml", ".proto"];
    let mut findings = Vec::new();
    for (path, text) in code.iter().flat_map(|ending| tree.with_ending(ending)) {
        for (number, line) in text.lines().enumerate() {
            // What several test programs share is not used wholly by each, which no expectation can say.
            let shared = path.contains("/tests/common/") && line.contains("reason = ");
            let found = LEFTOVERS.iter().filter(|mark| is_word(line, mark) && !shared);
            findings.extend(found.map(|mark| format!("{path}:{}: {mark}", number + 1)));
        }
    }
    findings
}

/// Whether the mark stands in the line by itself and is not part of a longer word.
fn is_word(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + mark.len()..].chars().next();
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !letter(before) && (!mark.ends_with(char::is_alphanumeric) || !letter(after))
    })
}

/// No Rust file is too long; what a generator writes is not read.
pub(super) fn length(tree: &Tree) -> Vec<String> {
    let written = tree.with_ending(".rs").filter(|(_, text)| !text.starts_with("//! Generated "));
    let long = written.map(|(path, text)| (path, text.lines().count()));
    long.filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{path} has {lines} lines"))
        .collect()
}

/// No file names a place that exists on one machine only.
pub(super) fn places(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.files.iter().filter(|(path, _)| path != "Cargo.lock") {
        for (number, line) in text.lines().enumerate() {
            let found = PLACES.iter().filter(|place| line.contains(**place));
            findings.extend(found.map(|place| format!("{path}:{}: {place}", number + 1)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    #[test]
    fn a_file_without_an_opening_is_found() {
        let tree = tree(&[("a.rs", "use b;"), ("b.rs", "//! Says what it is.\n"), ("c.md", "text")]);
        assert_eq!(openings(&tree), ["a.rs does not start with `//!` and a sentence"]);
    }

    #[test]
    fn marks_of_unfinished_work_are_found_with_their_line() {
        for mark in LEFTOVERS {
            let text = format!("//! x\n{mark}");
            assert_eq!(leftovers(&tree(&[("a.rs", &text)])), [format!("a.rs:2: {mark}")]);
        }
        let harmless = format!("//! x\nlet {}S = 1; let a{} = 2;", LEFTOVERS[0], LEFTOVERS[2]);
        assert_eq!(leftovers(&tree(&[("a.rs", &harmless)])), Vec::<String>::new());
    }

    #[test]
    fn a_long_file_is_found() {
        let long = "//! x\n".repeat(LONGEST + 1);
        let enough = "//! x\n".repeat(LONGEST);
        assert_eq!(length(&tree(&[("a.rs", &long), ("b.rs", &enough)])), ["a.rs has 701 lines"]);
    }

    #[test]
    fn places_of_one_machine_are_found() {
        for place in PLACES {
            let text = format!("see {place}x");
            assert_eq!(places(&tree(&[("a.md", &text)])), [format!("a.md:1: {place}")]);
            assert_eq!(places(&tree(&[("Cargo.lock", &text)])), Vec::<String>::new());
        }
    }
}
