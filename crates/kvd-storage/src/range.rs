//! Ranges of keys, in the one form that every ordered store understands.

use std::ops::Bound;

/// The keys from `from` up to but not including `to`, or up to the last key there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key of the range.
    pub from: Vec<u8>,
    /// The first key behind the range; `None` when the range is open above.
    pub to: Option<Vec<u8>>,
}

impl KeyRange {
    /// The keys that start with `prefix`, without those up to and including the key `after`.
    pub fn of(prefix: &[u8], after: Option<&[u8]>) -> Self {
        let from = match after {
            Some(after) if after >= prefix => next_key(after),
            Some(_) | None => prefix.to_vec(),
        };
        Self { from, to: end_of_prefix(prefix) }
    }

    /// Whether no key can lie in the range.
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }

    /// The range for the maps of the standard library, which panic on an empty one: ask [`Self::is_empty`] first.
    pub fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        let to = self.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        (Bound::Included(self.from.as_slice()), to)
    }
}

/// The smallest key that is greater than `key`.
pub(crate) fn next_key(key: &[u8]) -> Vec<u8> {
    let mut next = Vec::with_capacity(key.len() + 1);
    next.extend_from_slice(key);
    next.push(0);
    next
}

/// The smallest key that is greater than every key that starts with `prefix`, if there is one.
pub(crate) fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|b| *b != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefix: &[u8], after: Option<&[u8]>, from: &[u8], to: Option<&[u8]>) {
        let expected = KeyRange { from: from.to_vec(), to: to.map(<[u8]>::to_vec) };
        assert_eq!(KeyRange::of(prefix, after), expected, "prefix {prefix:?} after {after:?}");
    }

    #[test]
    fn a_range_starts_at_its_prefix_or_behind_the_key_that_was_last() {
        check(b"a", None, b"a", Some(b"b"));
        check(b"a", Some(b"a"), b"a\0", Some(b"b"));
        check(b"a", Some(b"A"), b"a", Some(b"b"));
        check(b"a", Some(b"ax"), b"ax\0", Some(b"b"));
    }

    #[test]
    fn a_prefix_of_highest_bytes_has_no_end() {
        check(b"", None, b"", None);
        check(b"\xff\xff", None, b"\xff\xff", None);
        check(b"a\xff", None, b"a\xff", Some(b"b"));
    }

    #[test]
    fn a_range_behind_its_prefix_is_empty() {
        assert!(KeyRange::of(b"a", Some(b"b")).is_empty());
        assert!(!KeyRange::of(b"a", Some(b"az")).is_empty());
        assert!(!KeyRange::of(b"", None).is_empty());
    }
}
