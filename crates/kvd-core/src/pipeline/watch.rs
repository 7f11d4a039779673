//! The outermost stage: keeps what the record of the outcome has to tell, however far the call gets.

use crate::{mount::Mount, seal::Unsealed, token::TokenState, vault::Inner};
use kvd_types::{Call, Timestamp};
use std::sync::{Arc, OnceLock};

/// What is known of a call by the time it is answered.
pub(crate) struct Trail {
    pub(crate) now: Timestamp,
    pub(crate) unsealed: OnceLock<Arc<Unsealed>>,
    pub(crate) mount: OnceLock<Arc<Mount>>,
    pub(crate) token: OnceLock<Arc<TokenState>>,
    /// Create or update, once the path has been looked at.
    pub(crate) operation: OnceLock<kvd_policy::Operation>,
    /// Whether the request itself is on record, so that a refusal before that point records both halves.
    pub(crate) requested: OnceLock<()>,
}

impl Trail {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            unsealed: OnceLock::new(),
            mount: OnceLock::new(),
            token: OnceLock::new(),
            operation: OnceLock::new(),
            requested: OnceLock::new(),
        }
    }
}

/// A call whose outcome will be recorded.
pub(super) struct Watched<'c> {
    vault: &'c Arc<Inner>,
    call: &'c Call,
    trail: &'c Trail,
}

pub(super) fn begin<'c>(vault: &'c Arc<Inner>, call: &'c Call, trail: &'c Trail) -> Watched<'c> {
    Watched { vault, call, trail }
}

impl<'c> Watched<'c> {
    pub(super) fn vault(&self) -> &'c Arc<Inner> {
        self.vault
    }

    pub(super) fn call(&self) -> &'c Call {
        self.call
    }

    pub(super) fn trail(&self) -> &'c Trail {
        self.trail
    }
}
