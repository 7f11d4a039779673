//! Tells what was judged before a change from what was judged after it.

use super::record::Entity;
use std::sync::atomic::{AtomicU64, Ordering};

const SHARDS: usize = 256;

/// Counts changes: those that can concern anybody, and those of single entities, by a part of their ids. A change is
/// counted when it is durable and before it is answered, so whoever judges by a stamp as new as the present one knows of
/// every change that was answered.
pub(super) struct Generations {
    all: AtomicU64,
    entities: [AtomicU64; SHARDS],
}

/// Whom a change concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Touched {
    /// Nobody who has a token, such as a new entity.
    Nobody,
    /// The tokens that name the entity with that id.
    Entity(String),
    /// Whoever it may be: a change of groups reaches all that are below them.
    All,
}

impl Touched {
    /// A change of an entity. Tokens of those that were merged into it name them still, and are its tokens.
    pub(super) fn by(entity: &Entity) -> Self {
        if entity.merged_ids.is_empty() { Self::Entity(entity.id.clone()) } else { Self::All }
    }
}

impl Generations {
    pub(super) fn new() -> Self {
        Self { all: AtomicU64::new(1), entities: [const { AtomicU64::new(0) }; SHARDS] }
    }

    /// A number that every change which concerns `entity` raises.
    ///
    /// Both counts only grow, so two sums are the same only if nothing was counted in between.
    pub(super) fn stamp(&self, entity: &str) -> u64 {
        self.all.load(Ordering::Acquire) + self.shard(entity).load(Ordering::Acquire)
    }

    pub(super) fn count(&self, touched: &Touched) {
        match touched {
            Touched::Nobody => return,
            Touched::Entity(id) => self.shard(id),
            Touched::All => &self.all,
        }
        .fetch_add(1, Ordering::AcqRel);
    }

    /// Ids are drawn at random, so their first digits spread them well enough.
    fn shard(&self, entity: &str) -> &AtomicU64 {
        let number = entity.bytes().take(4).fold(0_usize, |n, byte| n.wrapping_mul(31) + usize::from(byte));
        &self.entities[number % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_raises_the_stamps_of_those_it_concerns() {
        let (one, other) = ("00aa", "00ab");
        for (touched, one_changes, other_changes) in [
            (Touched::Nobody, false, false),
            (Touched::Entity(one.to_owned()), true, false),
            (Touched::Entity(other.to_owned()), false, true),
            (Touched::All, true, true),
        ] {
            let generations = Generations::new();
            let before = (generations.stamp(one), generations.stamp(other));
            generations.count(&touched);
            let after = (generations.stamp(one), generations.stamp(other));
            assert_eq!(
                (before.0 != after.0, before.1 != after.1),
                (one_changes, other_changes),
                "{touched:?}"
            );
        }
    }
}
