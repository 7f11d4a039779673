//! HMACs of a token and its accessor, kept with the token.

use crate::hash::Digest;
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// With more devices than this at once, entries are forgotten and computed anew.
const MAX_DEVICES: usize = 8;

/// The HMACs of one token and its accessor under the keys of the devices that have written about it.
///
/// Belongs to exactly one token: keep it beside the token's state and hand it in with [`Credential`](crate::Credential).
/// Fills itself: one word, and 96 bytes for each device that has written about the token.
#[derive(Default)]
pub struct Fragments(ArcSwapOption<Entry>);

/// A link in a short list, newest first.
struct Entry {
    device: u64,
    pair: Pair,
    older: Option<Arc<Entry>>,
}

/// The HMACs of a token and of its accessor.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) token: Digest,
    pub(crate) accessor: Digest,
}

impl Fragments {
    /// The HMACs under the key of `device`, made by `make` when they are not there.
    pub(crate) fn of(&self, device: u64, make: impl FnOnce() -> Pair) -> Pair {
        let newest = self.0.load();
        let mut depth = 0;
        let mut at = newest.as_ref();
        while let Some(entry) = at {
            if entry.device == device {
                return entry.pair;
            }
            depth += 1;
            at = entry.older.as_ref();
        }
        let pair = make();
        let older = if depth < MAX_DEVICES { newest.clone() } else { None };
        // When two devices do this at once, the entry of one is lost, and made again with its next line.
        self.0.store(Some(Arc::new(Entry { device, pair, older })));
        pair
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        std::iter::successors(self.0.load_full(), |entry| entry.older.clone()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hasher;

    #[test]
    fn an_entry_is_made_once_for_each_device() {
        let fragments = Fragments::default();
        let made = std::cell::Cell::new(0);
        let mut ask = |device: u64| {
            let hasher = Hasher::new(&device.to_be_bytes());
            let pair = fragments.of(device, || {
                made.set(made.get() + 1);
                Pair { token: hasher.digest(b"t"), accessor: hasher.digest(b"a") }
            });
            assert_eq!(pair.token.label().as_str(), hasher.hash("t"));
            assert_eq!(pair.accessor.label().as_str(), hasher.hash("a"));
        };
        [1, 1, 2, 1, 2].into_iter().for_each(&mut ask);
        assert_eq!(made.get(), 2);
        (10..40).for_each(&mut ask);
        assert!((1..=MAX_DEVICES + 1).contains(&fragments.len()));
    }
}
