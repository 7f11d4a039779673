//! What an auth method has to say when the vault makes a token of its grant, and when such a token is renewed.

use futures_util::future::BoxFuture;
use kvd_storage::{View, ViewTx};
use kvd_types::{Fault, LoginGrant, LoginTimes, Peer, Timestamp};
use std::sync::Arc;

/// The two functions of an auth method `E` beside its routes.
pub struct Login<E> {
    /// Runs in the transaction that makes the token, on the method's own part of the store.
    pub redeem: Redeem<E>,
    /// Gives the times of a renewal, or refuses it.
    pub renew: Renew<E>,
}

/// Takes what a grant uses up. Whoever comes second finds it gone, and gets no token.
pub type Redeem<E> = fn(&E, &LoginGrant, Timestamp, &mut dyn ViewTx) -> Result<(), Fault>;

/// Gives the times by which the role of a token, as it is at present, prolongs it.
pub type Renew<E> = for<'a> fn(&'a E, Renewal<'a>) -> BoxFuture<'a, Result<LoginTimes, Fault>>;

/// A token that is to be renewed, as far as its method may know it.
#[derive(Clone, Copy)]
pub struct Renewal<'a> {
    /// The method's own part of the store.
    pub view: &'a Arc<dyn View>,
    /// What the grant named as its subject.
    pub subject: &'a str,
    /// The policies of the token.
    pub policies: &'a [String],
    /// Where the call comes from that asks for the renewal.
    pub peer: &'a Peer,
    /// The moment of that call.
    pub now: Timestamp,
}
