//! Names of a folder, sorted and packed: a million of them are two allocations, and a page is a slice.

use crate::{Page, StoreError};
use std::sync::Arc;
use tokio::runtime::Handle;
use zeroize::Zeroizing;

/// More names than this take longer to sort than a worker of the runtime should be kept for.
const SORTED_AT_ONCE: usize = 16 << 10;

/// Sorted names of a folder, or a part of them; copies share the same memory, which is wiped with the last one.
#[derive(Clone)]
pub struct Names {
    packed: Arc<Packed>,
    from: usize,
    to: usize,
}

struct Packed {
    text: Zeroizing<String>,
    /// Where each name ends in the text.
    ends: Vec<u32>,
}

impl Packed {
    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl Names {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.to - self.from
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }

    /// About how many bytes of memory all of them take up.
    pub fn bytes(&self) -> usize {
        self.packed.text.len() + size_of_val(&*self.packed.ends)
    }

    /// The names, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (self.from..self.to).map(|at| self.packed.get(at))
    }

    /// The part that a page asks for.
    #[must_use]
    pub fn page(&self, page: Page<'_>) -> Self {
        let from = match page.after {
            Some(after) => {
                self.from + partition_point(self.len(), |at| self.packed.get(self.from + at) <= after)
            }
            None => self.from,
        };
        let to = page.limit.map_or(self.to, |limit| self.to.min(from.saturating_add(limit)));
        Self { packed: Arc::clone(&self.packed), from, to }
    }
}

fn partition_point(len: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        if is_before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

impl<S: AsRef<str>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut gathered = NamesBuilder::default();
        names.into_iter().for_each(|name| gathered.push(name.as_ref()));
        gathered.finish()
    }
}

/// Gathers names in whatever order they come.
#[derive(Default)]
pub struct NamesBuilder {
    text: Zeroizing<String>,
    /// Start and end of each name in the text.
    spans: Vec<(u32, u32)>,
}

impl NamesBuilder {
    /// Adds a name. What would make the text longer than 4 GiB is left out; no answer could bring it.
    pub fn push(&mut self, name: &str) {
        let start = self.text.len();
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(start + name.len())) {
            if self.text.capacity() - self.text.len() < name.len() {
                self.grow(name.len());
            }
            self.text.push_str(name);
            self.spans.push((start, end));
        }
    }

    /// Moves to a larger text and wipes the old one, which growing in place would leave behind.
    fn grow(&mut self, by: usize) {
        let wanted = (self.text.len() + by).max(2 * self.text.capacity()).max(1024);
        let mut larger = Zeroizing::new(String::with_capacity(wanted));
        larger.push_str(&self.text);
        self.text = larger;
    }

    /// As [`NamesBuilder::finish`]; many names are sorted on a thread that may take its time.
    ///
    /// # Errors
    /// When the runtime ends meanwhile.
    pub async fn finish_aside(self) -> Result<Names, StoreError> {
        match Handle::try_current() {
            Ok(runtime) if self.spans.len() > SORTED_AT_ONCE => {
                runtime.spawn_blocking(|| self.finish()).await.map_err(|_| StoreError::Closed)
            }
            Ok(_) | Err(_) => Ok(self.finish()),
        }
    }

    /// The names, sorted by their bytes.
    pub fn finish(mut self) -> Names {
        let name = |(start, end): (u32, u32)| &self.text[start as usize..end as usize];
        self.spans.sort_unstable_by(|a, b| name(*a).cmp(name(*b)));
        let mut text = Zeroizing::new(String::with_capacity(self.text.len()));
        let mut ends = Vec::with_capacity(self.spans.len());
        for span in &self.spans {
            text.push_str(name(*span));
            // No longer than the other text, whose ends fit.
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        let to = ends.len();
        Names { packed: Arc::new(Packed { text, ends }), from: 0, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_names_are_sorted_as_few_are() {
        for count in [10, SORTED_AT_ONCE + 1] {
            let mut names = NamesBuilder::default();
            (0..count).rev().for_each(|n| names.push(&format!("n{n:06}")));
            let names = names.finish_aside().await.unwrap();
            assert!(names.iter().map(str::to_owned).eq((0..count).map(|n| format!("n{n:06}"))));
        }
    }

    #[test]
    fn pages_are_cut_where_they_should_be() {
        let names: Names = ["b/", "a", "é", "b", "a/"].into_iter().collect();
        let check = |after: Option<&str>, limit: Option<usize>, want: &[&str]| {
            let page = names.page(Page { after, limit });
            assert_eq!(page.iter().collect::<Vec<_>>(), want, "{after:?} {limit:?}");
            assert_eq!((page.len(), page.is_empty()), (want.len(), want.is_empty()));
        };
        check(None, None, &["a", "a/", "b", "b/", "é"]);
        check(Some("a"), Some(2), &["a/", "b"]);
        check(Some("aa"), None, &["b", "b/", "é"]);
        check(Some(""), Some(1), &["a"]);
        check(Some("é"), None, &[]);
        check(Some("zz"), Some(9), &["é"]);
        check(None, Some(0), &[]);
        let none: Names = std::iter::empty::<&str>().collect();
        assert!(none.page(Page { after: Some("a"), limit: Some(1) }).is_empty());
    }
}
