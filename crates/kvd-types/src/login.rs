//! What a successful login is worth: the token that the vault shall make of it.

use crate::Secret;
use std::{collections::BTreeMap, time::Duration};

/// What an auth method grants whoever has proved who they are.
///
/// The method says what it found out; the vault alone decides what becomes of it: it checks the policies, holds the
/// times against those of the mount, and makes the token.
#[derive(Clone, Debug, Default)]
pub struct LoginGrant {
    /// The policies, as the role names them.
    pub policies: Vec<String>,
    /// Whether the policy `default` is left out.
    pub no_default_policy: bool,
    /// How long the token lives.
    pub times: LoginTimes,
    /// How often it can be used; 0 for as often as one likes.
    pub num_uses: u64,
    /// Which kind of token is wished for.
    pub kind: GrantedKind,
    /// Where the token can be used from; empty for everywhere.
    pub bound_cidrs: Vec<String>,
    /// What stands in the token's display name behind the name of the mount; may be empty.
    pub display_name: String,
    /// What the token and its audit records show.
    pub metadata: BTreeMap<String, String>,
    /// The name by which the method knows the caller, the same at every login and in one spelling only.
    pub alias: String,
    /// What the entity's alias shows of the caller, renewed at every login.
    pub alias_metadata: BTreeMap<String, String>,
    /// The groups that the caller is in by the word of whoever vouches for them, as the method knows them; all that
    /// are not named here the caller has left.
    pub group_aliases: Vec<String>,
    /// What the method looks the caller up by when the token is to be renewed.
    pub subject: String,
    /// What the method wants to be shown in the transaction that makes the token, such as the place of a secret
    /// with limited uses.
    pub ticket: Option<Secret<String>>,
}

/// The times of a token as a role wishes them; zero stands for "not said".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoginTimes {
    /// The time from now on.
    pub ttl: Duration,
    /// The most, counted from the login; a renewal goes by what the role says then.
    pub max_ttl: Duration,
    /// Renewals give this time again.
    pub period: Duration,
    /// The most, counted from the login and fixed by it.
    pub explicit_max: Duration,
}

/// The kind of token that a role wishes for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GrantedKind {
    /// Whatever the mount makes.
    #[default]
    Mount,
    /// A token that is stored.
    Service,
    /// A token that carries everything in itself.
    Batch,
}
