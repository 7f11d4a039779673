//! A user: the record, and where it lies.

use super::password::{self, Stored};
use crate::{
    record,
    token_params::{OldName, TokenField, TokenParams},
};
use kvd_storage::{View, ViewTx};
use kvd_types::Fault;
use serde::{Deserialize, Serialize};

/// The folder of all users.
pub(super) const USERS: &str = "user/";

/// The old names of token fields that this method still takes.
pub(super) const OLD_NAMES: &[OldName] = &[
    (TokenField::BoundCidrs, "bound_cidrs"),
    (TokenField::MaxTtl, "max_ttl"),
    (TokenField::Policies, "policies"),
    (TokenField::Ttl, "ttl"),
];

/// What is stored of a user.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) password: Stored,
    pub(super) token: TokenParams,
}

/// The user with that name.
///
/// # Errors
/// When the store fails.
pub(super) async fn find(view: &dyn View, name: &str) -> Result<Option<User>, Fault> {
    record::read(view, record::slot(USERS, name)).await
}

/// The same within a transaction.
///
/// # Errors
/// When the store fails.
pub(super) fn find_in(tx: &mut dyn ViewTx, name: &str) -> Result<Option<User>, Fault> {
    record::read_in(tx, record::slot(USERS, name))
}

/// Stores a user.
///
/// # Errors
/// When the store fails.
pub(super) fn store(tx: &mut dyn ViewTx, name: &str, user: &User) -> Result<(), Fault> {
    password::raise_work(tx, &user.password)?;
    record::write(tx, record::slot(USERS, name), user)
}
