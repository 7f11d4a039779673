//! The promise to clients of gRPC: what was published once in `proto/` stays as it is.
//!
//! `proto/published.txt` has a line for each field, enum value and call. A line that no definition stands for any more
//! is a broken promise; `cargo xtask codegen` only ever adds lines.

use super::Tree;
use crate::shell;
use anyhow::{Context, Result, bail};
use std::{collections::BTreeSet, fs, iter::Peekable, vec::IntoIter};

const PUBLISHED: &str = "proto/published.txt";

const HEAD: &str = "\
# What clients may rely on for good. `cargo xtask codegen` adds what is new; `cargo xtask tidy` fails when something that
# stands here is gone or means something else.
";

/// What was published is still there, and what is there was published.
pub(super) fn published(tree: &Tree) -> Vec<String> {
    let defined = defined(tree);
    let published = lines(tree.file(PUBLISHED).unwrap_or_default());
    let gone = published.difference(&defined).map(|line| format!("{PUBLISHED}: gone or changed: {line}"));
    let new = defined.difference(&published);
    let new = new.map(|line| format!("{PUBLISHED}: run `cargo xtask codegen`, which adds: {line}"));
    gone.chain(new).collect()
}

/// Adds what is new to the list.
///
/// # Errors
/// When something that stands there is gone: then it must be brought back, not unpublished.
pub(crate) fn publish() -> Result<()> {
    let tree = Tree::of_repository()?;
    let defined = defined(&tree);
    let published = lines(tree.file(PUBLISHED).unwrap_or_default());
    if let Some(gone) = published.difference(&defined).next() {
        bail!("{PUBLISHED} promises what proto/ has no more: {gone}");
    }
    let mut text = HEAD.to_owned();
    defined.iter().for_each(|line| text.extend([line, "\n"]));
    fs::write(shell::root().join(PUBLISHED), text).context("the list of what is published cannot be written")
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

fn defined(tree: &Tree) -> BTreeSet<String> {
    tree.with_ending(".proto").flat_map(|(_, text)| Reader::new(text).file()).collect()
}

/// Reads as much of the language as the definitions use; what is malformed is for the generator to complain about.
struct Reader {
    words: Peekable<IntoIter<String>>,
    found: Vec<String>,
}

impl Reader {
    fn new(text: &str) -> Self {
        let mut words = Vec::new();
        for line in text.lines() {
            let code = line.split("//").next().unwrap_or_default();
            let mut word = String::new();
            for c in code.chars() {
                if c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '/') {
                    word.push(c);
                    continue;
                }
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                words.extend(Some(c.to_string()).filter(|_| !c.is_whitespace()));
            }
            words.extend(Some(word).filter(|word| !word.is_empty()));
        }
        Self { words: words.into_iter().peekable(), found: Vec::new() }
    }

    fn word(&mut self) -> String {
        self.words.next().unwrap_or_default()
    }

    /// The words up to the end of a statement.
    fn statement(&mut self) -> Vec<String> {
        let words: Vec<_> =
            std::iter::from_fn(|| self.words.next_if(|word| word != ";" && word != "{")).collect();
        if self.words.peek().is_some_and(|word| word == ";") {
            self.words.next();
        }
        words
    }

    fn file(mut self) -> Vec<String> {
        let mut package = String::new();
        while self.words.peek().is_some() {
            let statement = self.statement();
            match statement.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["package", name] => package = (*name).to_owned(),
                [kind, name] => self.block(kind, &format!("{package}.{name}")),
                [] => _ = self.word(),
                [..] => {}
            }
        }
        self.found
    }

    /// What stands between the braces of a definition.
    fn block(&mut self, kind: &str, name: &str) {
        if self.words.next_if_eq("{").is_none() {
            return;
        }
        while self.words.peek().is_some_and(|word| word != "}") {
            let statement = self.statement();
            let words: Vec<&str> = statement.iter().map(String::as_str).collect();
            match (kind, words.as_slice()) {
                // A brace or semicolon that belongs to nothing.
                (_, []) => _ = self.words.next_if_eq("{"),
                ("message", [inner @ ("message" | "enum"), below]) => {
                    self.block(inner, &format!("{name}.{below}"))
                }
                ("message", ["oneof", below]) => self.one_of(name, below),
                ("message", ["reserved" | "option", ..]) => {}
                ("message", field) => self.field(name, field, ""),
                ("enum", [value, "=", number, ..]) => self.found.push(format!("{name} {number} = {value}")),
                ("service", ["rpc", call, rest @ ..]) => {
                    self.found.push(format!("{name} call {call} {}", rest.join(" ")));
                    if self.words.next_if_eq("{").is_some() {
                        self.word();
                    }
                }
                (_, _) => {}
            }
        }
        self.word();
    }

    fn one_of(&mut self, message: &str, name: &str) {
        self.word();
        while self.words.peek().is_some_and(|word| word != "}") {
            let statement = self.statement();
            let words: Vec<&str> = statement.iter().map(String::as_str).collect();
            self.field(message, &words, &format!(" in {name}"));
            self.words.next_if_eq("{");
        }
        self.word();
    }

    /// A field; the name counts too, since programs and JSON know it by that.
    fn field(&mut self, message: &str, words: &[&str], place: &str) {
        if let Some(at) = words.iter().position(|word| *word == "=")
            && let (Some(number), Some((name, kind))) = (words.get(at + 1), words[..at].split_last())
        {
            self.found.push(format!("{message} {number} = {} {name}{place}", kind.join(" ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    const DEFINITIONS: &str = "\
syntax = \"proto3\";
package p.v1; // the package
import \"google/protobuf/duration.proto\";
service S { rpc Get(A) returns (stream B); }
message A {
  string name = 1;
  optional uint64 version = 2 [deprecated = true];
  map<string, B> more = 3;
  oneof target { string token = 4; B other = 5; }
  reserved 9;
  enum Kind { KIND_NONE = 0; }
  message Inner { repeated int32 numbers = 1; }
}
message B {}
enum E { E_ONE = 1; }
";

    const LINES: [&str; 9] = [
        "p.v1.A 1 = string name",
        "p.v1.A 2 = optional uint64 version",
        "p.v1.A 3 = map < string , B > more",
        "p.v1.A 4 = string token in target",
        "p.v1.A 5 = B other in target",
        "p.v1.A.Inner 1 = repeated int32 numbers",
        "p.v1.A.Kind 0 = KIND_NONE",
        "p.v1.E 1 = E_ONE",
        "p.v1.S call Get ( A ) returns ( stream B )",
    ];

    fn check(definitions: &str, published_lines: &str) -> Vec<String> {
        published(&tree(&[("proto/p/v1/a.proto", definitions), (PUBLISHED, published_lines)]))
    }

    #[test]
    fn everything_that_a_client_relies_on_is_a_line() {
        let found: BTreeSet<_> = Reader::new(DEFINITIONS).file().into_iter().collect();
        assert_eq!(found, lines(&LINES.join("\n")));
        assert_eq!(check(DEFINITIONS, &LINES.join("\n")), Vec::<String>::new());
    }

    #[test]
    fn a_breaking_change_is_found() {
        for (from, to, gone) in [
            ("string name = 1", "string name = 10", "p.v1.A 1 = string name"),
            ("string name = 1", "bytes name = 1", "p.v1.A 1 = string name"),
            ("string name = 1", "string title = 1", "p.v1.A 1 = string name"),
            ("  string name = 1;\n", "", "p.v1.A 1 = string name"),
            (
                "oneof target { string token = 4;",
                "string token = 4; oneof target {",
                "p.v1.A 4 = string token in target",
            ),
            ("E_ONE = 1", "E_ONE = 2", "p.v1.E 1 = E_ONE"),
            ("returns (stream B)", "returns (B)", "p.v1.S call Get ( A ) returns ( stream B )"),
        ] {
            let findings = check(&DEFINITIONS.replace(from, to), &LINES.join("\n"));
            let wanted = format!("{PUBLISHED}: gone or changed: {gone}");
            assert!(findings.contains(&wanted), "{from} to {to}: {findings:?}");
        }
    }

    #[test]
    fn what_is_new_has_to_be_published() {
        let new = DEFINITIONS.replace("message B {}", "message B { string text = 1; }");
        let wanted = format!("{PUBLISHED}: run `cargo xtask codegen`, which adds: p.v1.B 1 = string text");
        assert_eq!(check(&new, &LINES.join("\n")), [wanted]);
    }
}
