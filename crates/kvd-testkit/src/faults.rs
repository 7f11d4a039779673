//! A plan of what is to fail when, shared by a test and the store that it tests.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use thiserror::Error;

/// Failures to come. All clones are one plan.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    reads: Countdown,
    refused: Countdown,
    failed: Countdown,
    unanswered: Countdown,
}

/// The cause of every failure that a test ordered.
#[derive(Debug, Error)]
#[error("a test ordered this failure")]
pub struct Ordered;

/// How a commit ends that a test wants to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommitFault {
    Refused,
    Failed,
    Unanswered,
}

impl Faults {
    /// The `nth` read from now on fails; 1 is the next one.
    pub fn fail_read(&self, nth: u64) {
        self.0.reads.set(nth);
    }

    /// The `nth` commit from now on has no effect, and the store goes on; 1 is the next one.
    pub fn refuse_commit(&self, nth: u64) {
        self.0.refused.set(nth);
    }

    /// The `nth` commit from now on has no effect, and the store stops if it is one that can.
    pub fn fail_commit(&self, nth: u64) {
        self.0.failed.set(nth);
    }

    /// The `nth` commit from now on takes effect, but is answered as if it had not.
    pub fn lose_answer(&self, nth: u64) {
        self.0.unanswered.set(nth);
    }

    /// Whether all failures that were ordered have come.
    pub fn are_over(&self) -> bool {
        let Plan { reads, refused, failed, unanswered } = &*self.0;
        [reads, refused, failed, unanswered].into_iter().all(Countdown::is_off)
    }

    /// Nothing fails any more.
    pub fn clear(&self) {
        let Plan { reads, refused, failed, unanswered } = &*self.0;
        [reads, refused, failed, unanswered].into_iter().for_each(|countdown| countdown.set(0));
    }

    pub(crate) fn read(&self) -> Result<(), Ordered> {
        if self.0.reads.is_over() { Err(Ordered) } else { Ok(()) }
    }

    pub(crate) fn commit(&self) -> Option<CommitFault> {
        // All count, whichever fires.
        let Plan { refused, failed, unanswered, .. } = &*self.0;
        let fired = [
            (refused.is_over(), CommitFault::Refused),
            (failed.is_over(), CommitFault::Failed),
            (unanswered.is_over(), CommitFault::Unanswered),
        ];
        fired.into_iter().find_map(|(over, fault)| over.then_some(fault))
    }
}

/// Counts down to a failure; 0 is none.
#[derive(Debug, Default)]
struct Countdown(AtomicU64);

impl Countdown {
    fn set(&self, nth: u64) {
        self.0.store(nth, Ordering::SeqCst);
    }

    fn is_off(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }

    fn is_over(&self) -> bool {
        let before = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        before == Ok(1)
    }
}
