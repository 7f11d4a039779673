//! One mount: its record, and the live mount that is built from it.

use crate::house::{House, HouseRoutes};
use kvd_backend::{Lockout, MountInfo, MountOptions, Params, Renewal, Request, Route, SecretsEngine};
use kvd_storage::{View, ViewTx};
use kvd_types::{Fault, LoginGrant, LoginTimes, Operation, Reply, Timestamp, ViewId};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Secrets engines and auth methods: two families of mounts with tables of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Family {
    /// Below `/v1/`.
    Secrets,
    /// Below `/v1/auth/`.
    Auth,
}

/// What is stored of a mount.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MountRecord {
    pub(crate) family: Family,
    /// With a slash at the end, without `auth/` in front.
    pub(crate) path: String,
    /// `kv`, `cubbyhole`, `system`, `token`, …
    pub(crate) kind: String,
    pub(crate) description: String,
    pub(crate) accessor: String,
    pub(crate) uuid: String,
    /// Where its records lie; a new one with each mount, so that nothing of an old mount comes back.
    pub(crate) view: [u8; 8],
    pub(crate) local: bool,
    pub(crate) seal_wrap: bool,
    pub(crate) external_entropy_access: bool,
    /// None where the mount was made without any; an empty map prints differently.
    pub(crate) options: Option<MountOptions>,
    pub(crate) config: MountConfig,
    /// Set while its records follow a change of options, until they all do.
    #[serde(default)]
    pub(crate) upgrading: bool,
}

/// What can be tuned of a mount.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct MountConfig {
    /// 0 for the system's own.
    pub(crate) default_lease_seconds: u64,
    /// 0 for the system's own.
    pub(crate) max_lease_seconds: u64,
    pub(crate) force_no_cache: bool,
    pub(crate) listing_visibility: Option<Visibility>,
    pub(crate) audit_non_hmac_request_keys: Vec<String>,
    pub(crate) audit_non_hmac_response_keys: Vec<String>,
    pub(crate) passthrough_request_headers: Vec<String>,
    pub(crate) allowed_response_headers: Vec<String>,
    pub(crate) token_type: Option<String>,
    pub(crate) user_lockout: Option<LockoutConfig>,
}

/// When failed logins lock a user out; what is not said is as in [`Lockout::default`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LockoutConfig {
    pub(crate) threshold: Option<u32>,
    pub(crate) duration_seconds: Option<u64>,
    pub(crate) counter_reset_seconds: Option<u64>,
    pub(crate) disabled: Option<bool>,
}

impl LockoutConfig {
    pub(crate) fn lockout(&self) -> Lockout {
        let default = Lockout::default();
        let seconds = |given: Option<u64>, default| given.map_or(default, Duration::from_secs);
        Lockout {
            threshold: match self.disabled {
                Some(true) => 0,
                Some(false) | None => self.threshold.unwrap_or(default.threshold),
            },
            duration: seconds(self.duration_seconds, default.duration),
            counter_reset: seconds(self.counter_reset_seconds, default.counter_reset),
        }
    }
}

/// Whether a mount is shown to callers without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Visibility {
    /// It is not, said expressly.
    Hidden,
    /// It is.
    Unauth,
}

impl MountRecord {
    /// The path that calls use: `auth/` in front of auth methods.
    pub(crate) fn full_path(&self) -> String {
        match self.family {
            Family::Secrets => self.path.clone(),
            Family::Auth => format!("auth/{}", self.path),
        }
    }

    pub(crate) fn view_id(&self) -> ViewId {
        ViewId(self.view)
    }
}

/// Who answers below a mount.
pub(crate) enum Target {
    /// An engine, which sees its own view only.
    Engine(Arc<dyn SecretsEngine>),
    /// The vault itself.
    House(&'static HouseRoutes),
}

/// A live mount.
pub(crate) struct Mount {
    pub(crate) record: MountRecord,
    pub(crate) target: Target,
    pub(crate) view: Arc<dyn View>,
    pub(crate) info: MountInfo,
}

impl Mount {
    /// Whether this is `sys/`.
    pub(crate) fn is_system(&self) -> bool {
        self.record.kind == "system"
    }

    pub(crate) fn find<'a>(&self, path: &'a str) -> Option<(usize, Params<'a>)> {
        match &self.target {
            Target::Engine(engine) => engine.find(path),
            Target::House(table) => table.find(path),
        }
    }

    pub(crate) fn facts(&self, route: usize) -> Route<()> {
        match &self.target {
            Target::Engine(engine) => engine.facts(route),
            Target::House(table) => table.route(route).facts(),
        }
    }

    /// How many routes there are.
    pub(crate) fn routes(&self) -> usize {
        match &self.target {
            Target::Engine(engine) => engine.routes(),
            Target::House(table) => table.iter().count(),
        }
    }

    /// What can be done at a route.
    pub(crate) fn operations(&self, route: usize) -> Vec<Operation> {
        match &self.target {
            Target::Engine(engine) => engine.operations(route),
            Target::House(table) => table.route(route).operations.iter().map(|(o, _)| *o).collect(),
        }
    }

    /// Whether reads and listings below the mount change nothing.
    pub(crate) fn reads_are_pure(&self) -> bool {
        match &self.target {
            Target::Engine(engine) => engine.reads_are_pure(),
            Target::House(_) => false,
        }
    }

    pub(crate) async fn exists(
        &self,
        house: &House,
        route: usize,
        request: Request<'_>,
    ) -> Result<bool, Fault> {
        match &self.target {
            Target::Engine(engine) => engine.exists(route, request).await,
            Target::House(table) => match table.route(route).exists {
                Some(exists) => exists(house, request).await,
                None => Ok(true),
            },
        }
    }

    pub(crate) async fn handle(
        &self,
        house: &House,
        route: usize,
        request: Request<'_>,
    ) -> Result<Reply, Fault> {
        if self.record.upgrading {
            return Err(upgrading());
        }
        match &self.target {
            Target::Engine(engine) => engine.handle(route, request).await,
            Target::House(table) => {
                let route = table.route(route);
                match route.handler(request.operation()) {
                    Some(handler) => handler(house, request).await,
                    // The path of a listing ends in a slash, which is another path unless the pattern takes all there is,
                    // or something can be listed there.
                    None if request.operation().is_listing()
                        && !route.pattern.0.ends_with("*}")
                        && route.handler(Operation::List).is_none() =>
                    {
                        Err(Fault::unsupported_path())
                    }
                    None => Err(Fault::unsupported_operation()),
                }
            }
        }
    }

    /// Lets an auth method take what a grant uses up, in the transaction that makes the token.
    pub(crate) fn redeem(
        &self,
        grant: &LoginGrant,
        now: Timestamp,
        tx: &mut dyn ViewTx,
    ) -> Result<(), Fault> {
        match &self.target {
            Target::Engine(engine) => engine.redeem(grant, now, tx),
            Target::House(_) => Err(Fault::permission_denied()),
        }
    }

    /// The times by which the role of a token, as it is at present, prolongs it when `request` asks for that.
    pub(crate) async fn renew(
        &self,
        subject: &str,
        policies: &[String],
        request: Request<'_>,
    ) -> Result<LoginTimes, Fault> {
        let (view, peer, now) = (&self.view, &request.call.peer, request.now);
        match &self.target {
            Target::Engine(engine) => engine.renew(Renewal { view, subject, policies, peer, now }).await,
            Target::House(_) => Err(Fault::permission_denied()),
        }
    }

    pub(crate) async fn unknown_path(&self, request: Request<'_>) -> Result<Reply, Fault> {
        if self.record.upgrading {
            return Err(upgrading());
        }
        match &self.target {
            Target::Engine(engine) => engine.unknown_path(request).await,
            Target::House(_) => Err(match request.operation() {
                Operation::Help => Fault::absent(),
                Operation::Read
                | Operation::Write
                | Operation::Patch
                | Operation::Delete
                | Operation::List
                | Operation::Scan
                | Operation::Header => Fault::unsupported_path(),
            }),
        }
    }

    /// The lease times that hold for this mount.
    pub(crate) fn info_of(record: &MountRecord, system: (Duration, Duration)) -> MountInfo {
        let or =
            |seconds: u64, system: Duration| if seconds == 0 { system } else { Duration::from_secs(seconds) };
        let max_lease = or(record.config.max_lease_seconds, system.1);
        MountInfo {
            path: record.full_path(),
            accessor: record.accessor.clone(),
            default_lease: or(record.config.default_lease_seconds, system.0).min(max_lease),
            max_lease,
            lockout: record
                .config
                .user_lockout
                .as_ref()
                .map_or_else(Lockout::default, LockoutConfig::lockout),
        }
    }
}

fn upgrading() -> Fault {
    Fault::invalid(
        "Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly.",
    )
}
