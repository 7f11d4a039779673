//! What an auth method that locks names out after failed logins has to say about them.

use crate::Lockout;
use futures_util::future::BoxFuture;
use kvd_storage::View;
use kvd_types::{Fault, Timestamp};
use std::sync::Arc;

/// The two functions of such a method `E` beside those of [`Login`](crate::Login).
pub struct Lockouts<E> {
    /// Gives the names that are locked.
    pub locked: Locked<E>,
    /// Forgets the failures of a name.
    pub unlock: Unlock<E>,
}

/// The names that are locked at a moment by the rules of their mount, sorted.
pub type Locked<E> =
    for<'a> fn(&'a E, &'a Arc<dyn View>, Lockout, Timestamp) -> BoxFuture<'a, Result<Vec<String>, Fault>>;

/// Lets a name log in again; one that is not locked is left as it is.
pub type Unlock<E> = for<'a> fn(&'a E, &'a Arc<dyn View>, &'a str) -> BoxFuture<'a, Result<(), Fault>>;
