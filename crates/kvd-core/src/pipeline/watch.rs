//! The outermost stage: keeps what the record of the outcome has to tell, however far the call gets.

use crate::{in_flight::Ticket, mount::Mount, seal::Unsealed, token::TokenState, vault::Inner};
use kvd_types::{Call, Timestamp};
use std::sync::{Arc, OnceLock};

/// What is known of a call by the time it is answered.
pub(crate) struct Trail {
    pub(crate) now: Timestamp,
    /// Where the call stands in the list of those that are under way.
    pub(super) ticket: Ticket,
    pub(crate) unsealed: OnceLock<Arc<Unsealed>>,
    pub(crate) mount: OnceLock<Arc<Mount>>,
    pub(crate) token: OnceLock<Arc<TokenState>>,
    /// Create or update, once the path has been looked at.
    pub(crate) operation: OnceLock<kvd_policy::Operation>,
    /// What the policies said; unset as long as they have not been asked.
    pub(super) judged: OnceLock<Judged>,
    /// What the answer tells of the caller's rate limit.
    pub(crate) headers: OnceLock<Vec<(&'static str, String)>>,
    /// What became of the record of the request; unset where the call was refused before that point, whose outcome
    /// then records both halves.
    pub(super) requested: OnceLock<Requested>,
}

/// What became of the record of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requested {
    /// It is written, where anybody asks for it.
    Recorded,
    /// It is written together with that of the answer.
    WithAnswer,
}

/// What the policies said of a call.
pub(super) enum Judged {
    /// It may be done; names the policies whose rule says so, none on a route that is open to all.
    Allowed(Vec<String>),
    /// It may not.
    Refused,
}

impl Judged {
    /// The policies that let the call through, if it was let through.
    pub(super) fn granting(&self) -> Option<&[String]> {
        match self {
            Self::Allowed(granting) => Some(granting),
            Self::Refused => None,
        }
    }
}

impl Trail {
    pub(super) fn new(now: Timestamp, ticket: Ticket) -> Self {
        Self {
            now,
            ticket,
            unsealed: OnceLock::new(),
            mount: OnceLock::new(),
            token: OnceLock::new(),
            operation: OnceLock::new(),
            judged: OnceLock::new(),
            headers: OnceLock::new(),
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
