//! The ports that secrets engines implement, and the recipe for adding one.
//!
//! 1. `crates/kvd-secrets/src/<name>/mod.rs`: a `//!` paragraph, the engine's struct, and its [`RouteTable`]:
//!    one [`Route`] per endpoint, which names the pattern, the handler of each operation, the fields it takes and
//!    who may call it.
//! 2. One file per endpoint: `async fn read(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault>`,
//!    what it takes parsed with [`Input`], its tests at the bottom.
//! 3. One line in `crates/kvd-secrets/src/lib.rs`: `registry.secrets("<name>", <name>::build);`
//!
//! An auth method is an engine that is made with [`auth_method`] and registered with [`Registry::auth`], in
//! `kvd-auth`. Its login routes are [`Access::Open`] and answer with a [`LoginGrant`](kvd_types::LoginGrant), of which
//! the vault makes a token; [`Login`] says what the method does in the same transaction, and at renewals.
//!
//! A method that has to ask somebody outside, such as the server whose word it takes, does so through [`Outbound`].
//!
//! An engine never sees a token, a policy or the store: the vault has judged and recorded the call before a
//! handler runs, and the [`View`](kvd_storage::View) that it is handed ends at the borders of its mount.

mod engine;
mod input;
mod lockouts;
mod login;
mod outbound;
mod registry;
mod request;
mod route;

pub use self::{
    engine::{SecretsEngine, Upgrade, auth_method, engine, keeper, locking_auth_method},
    input::{Input, field_error, whole},
    lockouts::{Locked, Lockouts, Unlock},
    login::{Login, Redeem, Renew, Renewal},
    outbound::{Outbound, OutboundAnswer, OutboundCall, OutboundError, Trust},
    registry::{Factory, MountOptions, Registry},
    request::{Caller, Lockout, MountInfo, Request},
    route::{Access, Exists, Field, FieldKind, Fields, Handler, Params, Pattern, Route, RouteTable},
};
