//! Keys in pages that are never swapped out and are wiped before they are given back.

use crate::error::BarrierError;
use std::ops::Deref;
use zeroize::Zeroize;

/// What is to happen when the operating system does not let pages be locked in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockPolicy {
    /// No keys without locked pages.
    Require,
    /// Locked pages if possible; [`crate::Barrier::memory_is_locked`] tells.
    Attempt,
    /// No locked pages, for systems without swap.
    Skip,
}

/// Starts at a page's beginning and fills pages wholly, so that locking and unlocking it touches nothing else. The
/// larger step is for systems with pages of up to 64 KiB.
#[cfg_attr(target_arch = "x86_64", repr(align(4096)))]
#[cfg_attr(not(target_arch = "x86_64"), repr(align(65536)))]
struct Pages<T>(T);

/// A value in pages of its own.
///
/// Of the fields, the lock goes first: unlocking pages that were given back already would hit somebody else's.
pub(crate) struct Locked<T: Zeroize> {
    lock: Option<region::LockGuard>,
    pages: Box<Pages<T>>,
}

impl<T: Zeroize> Locked<T> {
    /// Puts `value`, which should hold no secret yet, into locked pages and lets `fill` write the secrets there.
    pub(crate) fn new(policy: LockPolicy, value: T, fill: impl FnOnce(&mut T)) -> Result<Self, BarrierError> {
        let mut pages = Box::new(Pages(value));
        let lock = match policy {
            LockPolicy::Skip => None,
            LockPolicy::Attempt => region::lock(&raw const *pages, size_of::<Pages<T>>()).ok(),
            LockPolicy::Require => Some(
                region::lock(&raw const *pages, size_of::<Pages<T>>())
                    .map_err(|e| BarrierError::MemoryLock { source: Box::new(e) })?,
            ),
        };
        fill(&mut pages.0);
        Ok(Self { lock, pages })
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }
}

impl<T: Zeroize> Deref for Locked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.pages.0
    }
}

impl<T: Zeroize> Drop for Locked<T> {
    fn drop(&mut self) {
        self.pages.0.zeroize();
    }
}
