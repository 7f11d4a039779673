//! Finding the rule for a path in time that depends on the path, not on the number of rules.
//!
//! Exact paths lie in a hash map. Prefixes lie in a sorted list in which each knows the longest other prefix that it
//! starts with: the last prefix not greater than the path shares its beginning with every prefix of the path, so one
//! binary search and a short walk upwards find the longest. Patterns with plus signs lie in a tree of segments, of which
//! at most two branches match at each step: the segment itself and the plus.

use std::collections::HashMap;

use crate::pattern::{Kind, Pattern, Priority};

/// Place of a rule in the list that an index was built from.
pub(crate) type RuleId = u32;

/// All patterns of an ACL.
#[derive(Debug, Default)]
pub(crate) struct Index {
    exact: HashMap<Box<str>, RuleId>,
    prefixes: Prefixes,
    segments: Node,
    priorities: Vec<Priority>,
}

impl Index {
    /// The patterns must differ from each other.
    pub(crate) fn build<'a>(patterns: impl Iterator<Item = &'a Pattern>) -> Self {
        let mut index = Self::default();
        let mut prefixes = Vec::new();
        for (id, pattern) in (0..).zip(patterns) {
            match pattern.kind() {
                Kind::Exact => {
                    index.exact.insert(pattern.text().into(), id);
                }
                Kind::Prefix => prefixes.push((pattern.text().into(), id)),
                Kind::Segments { open } => index.segments.insert(pattern.text(), open, id),
            }
            index.priorities.push(pattern.priority());
        }
        index.prefixes = Prefixes::build(prefixes);
        index.segments.finish();
        index
    }

    /// The rule for exactly this path.
    pub(crate) fn exact(&self, path: &str) -> Option<RuleId> {
        self.exact.get(path).copied()
    }

    /// The rule that stands first among those with a wildcard that match the path.
    pub(crate) fn pattern(&self, path: &str) -> Option<RuleId> {
        let mut best = self.prefixes.longest(path);
        self.segments.visit(path, &mut |id| {
            if best.is_none_or(|best| self.priority(id) > self.priority(best)) {
                best = Some(id);
            }
        });
        best
    }

    /// How a rule stands among others.
    pub(crate) fn priority(&self, id: RuleId) -> Option<&Priority> {
        self.priorities.get(id as usize)
    }
}

/// Prefixes in order, each with the place of the longest one before it that it starts with.
#[derive(Debug, Default)]
struct Prefixes(Vec<Prefix>);

#[derive(Debug)]
struct Prefix {
    text: Box<str>,
    parent: Option<usize>,
    id: RuleId,
}

impl Prefixes {
    fn build(mut prefixes: Vec<(Box<str>, RuleId)>) -> Self {
        prefixes.sort();
        let mut sorted = Self(Vec::with_capacity(prefixes.len()));
        for (text, id) in prefixes {
            let parent = sorted.ancestor(sorted.0.len().checked_sub(1), &text);
            sorted.0.push(Prefix { text, parent, id });
        }
        sorted
    }

    fn longest(&self, path: &str) -> Option<RuleId> {
        let not_greater = self.0.partition_point(|prefix| *prefix.text <= *path);
        let place = self.ancestor(not_greater.checked_sub(1), path)?;
        self.0.get(place).map(|prefix| prefix.id)
    }

    /// The first of a prefix and its parents that the text starts with.
    fn ancestor(&self, from: Option<usize>, text: &str) -> Option<usize> {
        let mut place = from;
        while let Some(prefix) = place.and_then(|place| self.0.get(place)) {
            if text.starts_with(&*prefix.text) {
                return place;
            }
            place = prefix.parent;
        }
        None
    }
}

/// What patterns with a plus have after the same segments.
#[derive(Debug, Default)]
struct Node {
    /// The pattern that ends here.
    end: Option<RuleId>,
    literals: HashMap<Box<str>, Node>,
    plus: Option<Box<Node>>,
    /// The patterns whose last segment has the star.
    stars: Prefixes,
    unsorted_stars: Vec<(Box<str>, RuleId)>,
}

impl Node {
    fn insert(&mut self, pattern: &str, open: bool, id: RuleId) {
        let mut node = self;
        let mut segments = pattern.split('/').peekable();
        while let Some(segment) = segments.next() {
            if open && segments.peek().is_none() {
                node.unsorted_stars.push((segment.into(), id));
                return;
            }
            node = match segment {
                "+" => node.plus.get_or_insert_default(),
                _ => node.literals.entry(segment.into()).or_default(),
            };
        }
        node.end = Some(id);
    }

    fn finish(&mut self) {
        self.stars = Prefixes::build(std::mem::take(&mut self.unsorted_stars));
        self.literals.values_mut().for_each(Self::finish);
        if let Some(plus) = &mut self.plus {
            plus.finish();
        }
    }

    /// Calls for every pattern that matches, except for those that a longer star at the same place beats.
    fn visit(&self, path: &str, found: &mut impl FnMut(RuleId)) {
        let (segment, rest) = match path.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path, None),
        };
        if let Some(id) = self.stars.longest(segment) {
            found(id);
        }
        for child in [self.literals.get(segment), self.plus.as_deref()].into_iter().flatten() {
            match rest {
                Some(rest) => child.visit(rest, found),
                None => child.end.into_iter().for_each(&mut *found),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Prefixes;

    #[test]
    fn the_longest_prefix_is_found() {
        let texts = ["", "a", "a/b", "a/b/", "a/b/c", "a/bd", "b", "kv/", "kv/z", "ä"];
        let prefixes = Prefixes::build((0..).zip(texts).map(|(id, text)| (text.into(), id)).collect());
        for path in [
            "", "a", "a/", "a/b", "a/bc", "a/b/x", "a/b/c/d", "a/bdx", "b/", "c", "kv", "kv/y", "kv/zz",
            "ä/x", "~",
        ] {
            let expected = (0..)
                .zip(texts)
                .filter(|(_, text)| path.starts_with(text))
                .max_by_key(|(_, text)| text.len());
            assert_eq!(prefixes.longest(path), expected.map(|(id, _)| id), "{path}");
        }
    }
}
