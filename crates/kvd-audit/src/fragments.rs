//! HMACs of a token and its accessor, kept with the token.

use crate::hash::Digest;
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// More devices than this at once, and the oldest entries are computed anew.
const MAX_DEVICES: usize = 8;

/// The HMACs of one token and its accessor under the keys of the devices that have written about it.
///
/// Belongs to exactly one token: keep it beside the token's state and hand it in with [`Credential`](crate::Credential).
/// Fills itself; 72 bytes a device once a device has written about the token, one word before.
#[derive(Default)]
pub struct Fragments(ArcSwapOption<Vec<Fragment>>);

#[derive(Clone, Copy)]
pub(crate) struct Fragment {
    pub(crate) device: u64,
    pub(crate) token: Digest,
    pub(crate) accessor: Digest,
}

impl Fragments {
    /// The entry of `device`, made by `make` when there is none.
    pub(crate) fn of(&self, device: u64, make: impl FnOnce() -> Fragment) -> Fragment {
        if let Some(found) = self.0.load().as_ref().and_then(|all| all.iter().find(|f| f.device == device)) {
            return *found;
        }
        let made = make();
        self.0.rcu(|old| {
            let mut all = old.as_ref().map_or_else(Vec::new, |old| old.to_vec());
            if all.iter().all(|f| f.device != device) {
                if all.len() == MAX_DEVICES {
                    all.remove(0);
                }
                all.reserve_exact(1);
                all.push(made);
            }
            Some(Arc::new(all))
        });
        made
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
            let fragment = fragments.of(device, || {
                made.set(made.get() + 1);
                Fragment { device, token: hasher.digest(b"t"), accessor: hasher.digest(b"a") }
            });
            assert_eq!(fragment.token.label().as_str(), hasher.hash("t"));
            assert_eq!(fragment.accessor.label().as_str(), hasher.hash("a"));
        };
        [1, 1, 2, 1, 2].into_iter().for_each(&mut ask);
        assert_eq!(made.get(), 2);
        (10..40).for_each(&mut ask);
        assert!(fragments.0.load().as_ref().is_some_and(|all| all.len() <= MAX_DEVICES));
    }
}
