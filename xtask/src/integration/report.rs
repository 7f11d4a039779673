//! What an exam came to, held against the differences that are known.

use crate::shell;
use anyhow::{Context as _, Error, Result};
use std::{collections::BTreeMap, fs};

/// How one test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

/// One test of an exam.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// The tests that are known to fail, by exam: a name, or a beginning of names and `*`, with the reason.
pub(crate) struct Known(BTreeMap<String, BTreeMap<String, String>>);

/// How an exam went.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    passed: usize,
    /// Left out by the test itself, such as for another edition of the server.
    skipped: usize,
    /// Known differences that showed, with their reasons.
    known: BTreeMap<String, String>,
    /// What failed and should not.
    wrong: Vec<(String, String)>,
}

impl Known {
    /// Reads the committed list.
    ///
    /// # Errors
    /// When it is not there or not a table of tables.
    pub(crate) fn read() -> Result<Self> {
        let path = shell::root().join("xtask/integration/known.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let known =
            toml::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))?;
        Ok(Self(known))
    }

    /// Holds verdicts against the list. A difference that is listed and does not show is wrong too, so that the list
    /// says no more than the truth.
    pub(crate) fn judge(&self, exam: &str, verdicts: &[Verdict]) -> Score {
        let none = BTreeMap::new();
        let known = self.0.get(exam).unwrap_or(&none);
        let mut score = Score::default();
        for Verdict { name, outcome } in verdicts {
            match outcome {
                Outcome::Passed => score.passed += 1,
                Outcome::Skipped(_) => score.skipped += 1,
                Outcome::Failed(why) => match known.iter().find(|(pattern, _)| matches(pattern, name)) {
                    Some((_, reason)) => _ = score.known.insert(name.clone(), reason.clone()),
                    None => score.wrong.push((name.clone(), why.clone())),
                },
            }
        }
        for pattern in known.keys().filter(|pattern| !pattern.ends_with('*')) {
            if !score.known.contains_key(pattern) {
                let why = "listed as a known difference, but it does not show";
                score.wrong.push((pattern.clone(), why.to_owned()));
            }
        }
        if verdicts.is_empty() {
            score.wrong.push((exam.to_owned(), "nothing was tried".to_owned()));
        }
        score
    }
}

impl Score {
    /// The score of an exam that could not be held.
    pub(crate) fn impossible(error: &Error) -> Self {
        Self { wrong: vec![("the exam itself".to_owned(), format!("{error:#}"))], ..Self::default() }
    }

    /// Whether nothing unexpected happened.
    pub(crate) fn good(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Says what differs.
    pub(crate) fn print_details(&self) {
        for (name, reason) in &self.known {
            println!("known  {name}: {reason}");
        }
        for (name, why) in &self.wrong {
            println!("WRONG  {name}: {why}");
        }
    }
}

/// One line for each exam, then the totals.
pub(crate) fn print_table(scores: &[(&str, Score)]) {
    println!("\n{:<14} {:>7} {:>7} {:>8} {:>7}", "exam", "passed", "known", "skipped", "wrong");
    let (mut passed, mut failed) = (0, 0);
    for (name, score) in scores {
        let (known, wrong) = (score.known.len(), score.wrong.len());
        println!("{name:<14} {:>7} {known:>7} {:>8} {wrong:>7}", score.passed, score.skipped);
        passed += score.passed;
        failed += wrong;
    }
    println!("\nintegration: {passed} passed, {failed} failed");
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

/// Reads what our own programs print: `ok NAME`, `skip NAME: REASON` or `not ok NAME: REASON` on a line.
pub(crate) fn lines_of_program(text: &str) -> Vec<Verdict> {
    let parse = |line: &str| {
        let (failed, skipped, rest) = match (line.strip_prefix("not ok "), line.strip_prefix("skip ")) {
            (Some(rest), _) => (true, false, rest),
            (None, Some(rest)) => (false, true, rest),
            (None, None) => (false, false, line.strip_prefix("ok ")?),
        };
        let (name, why) = rest.split_once(": ").unwrap_or((rest, ""));
        let outcome = match (failed, skipped) {
            (true, _) => Outcome::Failed(why.to_owned()),
            (false, true) => Outcome::Skipped(why.to_owned()),
            (false, false) => Outcome::Passed,
        };
        Some(Verdict { name: name.trim().to_owned(), outcome })
    };
    text.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(exam: &str, entries: &[(&str, &str)]) -> Known {
        let entries = entries.iter().map(|&(name, why)| (name.to_owned(), why.to_owned())).collect();
        Known(BTreeMap::from([(exam.to_owned(), entries)]))
    }

    #[test]
    fn only_differences_that_are_listed_are_forgiven() {
        let verdicts = lines_of_program("ok a\nnot ok b: it is\nnoise\nnot ok c/1: so\nskip d: later\nok e");
        let score = known("x", &[("c/*", "because")]).judge("x", &verdicts);
        assert_eq!((score.passed, score.skipped, score.known.len()), (2, 1, 1));
        assert_eq!(score.wrong, [("b".to_owned(), "it is".to_owned())]);
        assert!(!score.good());
    }

    #[test]
    fn a_listed_difference_that_does_not_show_is_wrong() {
        let verdicts = lines_of_program("ok a");
        assert!(known("x", &[]).judge("x", &verdicts).good());
        assert!(!known("x", &[("a", "once")]).judge("x", &verdicts).good());
    }

    #[test]
    fn an_exam_that_tries_nothing_is_not_passed() {
        assert!(!known("x", &[]).judge("x", &[]).good());
    }

    #[test]
    fn the_committed_list_can_be_read() {
        let Known(all) = Known::read().unwrap();
        assert!(all.values().flat_map(BTreeMap::values).all(|reason| !reason.is_empty()));
    }
}
