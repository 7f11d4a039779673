//! What a handler is given: the call, judged and recorded, and what it may work with.

use crate::Params;
use kvd_json::Object;
use kvd_storage::View;
use kvd_types::{Call, Clock, Entropy, Operation, Timestamp};
use std::{sync::Arc, time::Duration};

/// A call on its way into an engine.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The call as it came in.
    pub call: &'a Call,
    /// The path below the mount.
    pub path: &'a str,
    /// The parts of the path that the route's pattern names.
    pub params: Params<'a>,
    /// Who is calling.
    pub caller: &'a Caller,
    /// The most names that a listing may give, where a policy says so.
    pub page_limit: Option<usize>,
    /// The mount it came through.
    pub mount: &'a MountInfo,
    /// The mount's own part of the store.
    pub view: &'a Arc<dyn View>,
    /// The moment at which the call was taken up.
    pub now: Timestamp,
    /// Tells the time.
    pub clock: &'a Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: &'a Arc<dyn Entropy>,
}

impl<'a> Request<'a> {
    /// What is to be done.
    pub fn operation(&self) -> Operation {
        self.call.operation
    }

    /// The body's members, or the query's parameters.
    pub fn data(&self) -> &'a Object {
        &self.call.data
    }
}

/// What an engine may know of its caller.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// A name for people, such as `token` or `approle`.
    pub display_name: String,
    /// The entity; empty when there is none.
    pub entity_id: String,
    /// A name for the token that gives no rights; empty for batch tokens.
    pub accessor: String,
    /// Names the token's own cubbyhole; none for tokens that have none.
    pub cubbyhole: Option<String>,
}

/// What an engine may know of its mount.
#[derive(Clone, Debug, Default)]
pub struct MountInfo {
    /// Where it is mounted, with a slash at the end.
    pub path: String,
    /// Its accessor.
    pub accessor: String,
    /// How long leases last where nobody says otherwise.
    pub default_lease: Duration,
    /// How long leases last at most.
    pub max_lease: Duration,
    /// When failed logins lock a user out.
    pub lockout: Lockout,
}

/// When failed logins lock a user out, as far as an auth method keeps count of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// After so many in a row; 0 for never.
    pub threshold: u32,
    /// For so long.
    pub duration: Duration,
    /// A failure is forgotten when the next one comes later than this.
    pub counter_reset: Duration,
}

/// Five failures within a quarter of an hour lock a user out for as long, as in Vault.
impl Default for Lockout {
    fn default() -> Self {
        let quarter = Duration::from_secs(15 * 60);
        Self { threshold: 5, duration: quarter, counter_reset: quarter }
    }
}
