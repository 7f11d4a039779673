//! What is stored of a token, and what is kept of one in use.

use super::{cidr::Cidr, store::TokenHash};
use crate::policy::{Compiled, RESPONSE_WRAPPING, ROOT};
use arc_swap::ArcSwapOption;
use kvd_audit::Fragments;
use kvd_backend::Caller;
use kvd_types::{Timestamp, TokenKind};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

/// What makes a token what it is. Of a service token it is stored, and found by a keyed hash of the token; a batch token
/// is the sealed record itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenEntry {
    pub(crate) accessor: String,
    /// Sorted, without doubles, lower case.
    pub(crate) policies: Vec<String>,
    /// The path that made it, such as `auth/token/create`.
    pub(crate) path: String,
    pub(crate) meta: Option<BTreeMap<String, String>>,
    pub(crate) display_name: String,
    /// Uses left; 0 for as many as one likes.
    pub(crate) num_uses: u64,
    /// Uses it was made with, which renewals show; 0 for as many as one likes.
    #[serde(default)]
    pub(crate) given_uses: u64,
    /// Set by the last use: nobody can use it any more, and it is revoked when that use is done.
    #[serde(default)]
    pub(crate) spent: bool,
    pub(crate) created_nanos: i64,
    /// The time it was given when it was made; 0 for no end.
    pub(crate) creation_ttl_seconds: u64,
    /// None for a token that does not end.
    pub(crate) expires_nanos: Option<i64>,
    /// What was asked for when it was made; 0 for nothing.
    pub(crate) explicit_max_ttl_seconds: u64,
    /// What its role demanded at that time, which holds as well, whatever becomes of the role. Look-ups do not show it.
    #[serde(default)]
    pub(crate) role_max_ttl_seconds: u64,
    pub(crate) period_seconds: u64,
    pub(crate) renewable: bool,
    pub(crate) last_renewal_nanos: Option<i64>,
    /// None for an orphan.
    pub(crate) parent: Option<Parent>,
    pub(crate) bound_cidrs: Vec<String>,
    pub(crate) role: Option<String>,
    #[serde(default)]
    pub(crate) entity_id: String,
    /// The login it comes from; none for a token that a token made.
    #[serde(default)]
    pub(crate) login: Option<LoginOrigin>,
    /// The root token of an initialisation was not asked for by anybody, which look-ups show.
    #[serde(default)]
    pub(crate) from_init: bool,
}

/// The token that another one dies with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Parent {
    /// Its keyed hash, as hexadecimal digits.
    pub(crate) hash: String,
    /// A later token of the same text has the same hash, but another accessor: the children are not its own.
    pub(crate) accessor: String,
}

impl Parent {
    pub(crate) fn of(state: &TokenState) -> Self {
        Self { hash: state.hash.to_hex(), accessor: state.entry.accessor.clone() }
    }
}

/// The login that a token comes from: with the mount it goes, and by its subject it is renewed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoginOrigin {
    /// The view of the auth method's mount.
    pub(crate) mount: [u8; 8],
    /// What the method looks it up by.
    pub(crate) subject: String,
}

/// A token in use.
pub(crate) struct TokenState {
    pub(crate) hash: TokenHash,
    pub(crate) entry: TokenEntry,
    /// What engines may know of it.
    pub(crate) caller: Caller,
    pub(crate) kind: TokenKind,
    /// It dies with this one, and with all that stand above it.
    pub(crate) parent: Option<TokenHash>,
    cidrs: Vec<Cidr>,
    /// What it may do, compiled when it was last used.
    pub(crate) compiled: ArcSwapOption<Compiled>,
    /// The hashes of token and accessor that audit lines need.
    pub(crate) fragments: Fragments,
}

impl TokenState {
    /// A service token.
    pub(crate) fn new(hash: TokenHash, entry: TokenEntry) -> Arc<Self> {
        Self::of_kind(TokenKind::Service, hash, entry)
    }

    pub(super) fn of_kind(kind: TokenKind, hash: TokenHash, entry: TokenEntry) -> Arc<Self> {
        let caller = Caller {
            display_name: entry.display_name.clone(),
            entity_id: entry.entity_id.clone(),
            accessor: entry.accessor.clone(),
            cubbyhole: (kind == TokenKind::Service).then(|| hash.to_hex()),
        };
        // Ranges were checked when the token was made; one that does not parse any more lets nobody in.
        let cidrs = entry.bound_cidrs.iter().map(|c| Cidr::parse(c).unwrap_or(Cidr::NOBODY)).collect();
        let parent = entry.parent.as_ref().map(|parent| TokenHash::from_stored(&parent.hash));
        Arc::new(Self {
            hash,
            entry,
            caller,
            kind,
            parent,
            cidrs,
            compiled: ArcSwapOption::empty(),
            fragments: Fragments::default(),
        })
    }

    /// The most that it can live, counted from when it was made; zero where only the mount sets a limit.
    pub(crate) fn explicit_max(&self) -> Duration {
        let (own, role) = (self.entry.explicit_max_ttl_seconds, self.entry.role_max_ttl_seconds);
        Duration::from_secs(if own == 0 || role == 0 { own.max(role) } else { own.min(role) })
    }

    /// Whether it may do everything.
    pub(crate) fn is_root(&self) -> bool {
        self.entry.policies.iter().any(|p| p == ROOT)
    }

    /// Whether it opens a wrapped answer, and is good for nothing else.
    pub(crate) fn is_wrapping(&self) -> bool {
        self.entry.policies == [RESPONSE_WRAPPING]
    }

    /// Whether it has not ended, as far as it alone goes: its parents may have.
    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        !self.entry.spent && self.entry.expires_nanos.is_none_or(|end| now.nanos() < end)
    }

    /// Whether `above`, which was found where its parent should be, is that parent.
    pub(crate) fn is_child_of(&self, above: &Self) -> bool {
        self.entry.parent.as_ref().is_some_and(|parent| parent.accessor == above.entry.accessor)
    }

    /// Whether it may be used from that address.
    pub(crate) fn may_come_from(&self, address: Option<IpAddr>) -> bool {
        self.cidrs.is_empty() || address.is_some_and(|a| self.cidrs.iter().any(|c| c.contains(a)))
    }

    /// How long it still lives, in whole seconds as clients count them; 0 for no end.
    pub(crate) fn remaining_seconds(&self, now: Timestamp) -> u64 {
        self.entry.expires_nanos.map_or(0, |end| whole_seconds(Timestamp::from_nanos(end).since(now)))
    }
}

/// Rounded to the nearest second: a lifetime read a moment after it was given still shows what was given.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    (time + Duration::from_millis(500)).as_secs()
}
