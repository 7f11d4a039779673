//! What somebody probably meant who mistyped.

use crate::{
    command::{COMMANDS, GROUPS},
    program::Program,
};

/// The known word that is nearest to what was typed, when one is near enough to be meant.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters may be wrong; more is another word.
    let limit = typed.chars().count() / 3;
    known
        .into_iter()
        .map(|word| (distance(typed, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

/// A line about the command that was probably meant, below the usage; empty when none is near.
pub(crate) fn below_usage(program: Program, group: &str, typed: Option<&str>) -> String {
    let Some(typed) = typed else { return String::new() };
    let paths = COMMANDS.iter().map(|command| command.path).chain(GROUPS.iter().map(|group| group.path));
    let names = paths.filter_map(|path| {
        let below = if group.is_empty() { path } else { path.strip_prefix(group)?.strip_prefix(' ')? };
        (!below.contains(' ')).then_some(below)
    });
    let blank = if group.is_empty() { "" } else { " " };
    match nearest(typed, names) {
        Some(meant) => format!("\n\nDid you mean \"{} {group}{blank}{meant}\"?", program.name()),
        None => String::new(),
    }
}

/// How many letters must be added, left out, replaced or swapped with their neighbour to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_are_not() {
        let known = ["get", "list", "metadata", "put", "status", "version"];
        for (typed, expected) in [
            ("statsu", Some("status")),
            ("gte", Some("get")),
            ("metdata", Some("metadata")),
            ("versoin", Some("version")),
            ("lst", Some("list")),
            ("nosuch", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, known), expected, "{typed}");
        }
    }

    #[test]
    fn swapped_neighbours_count_once() {
        for (a, b, expected) in [("", "", 0), ("ab", "ba", 1), ("abc", "", 3), ("kitten", "sitting", 3)] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
