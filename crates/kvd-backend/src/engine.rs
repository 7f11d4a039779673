//! The port of a secrets engine, and the way from its route table to that port.

use crate::{Access, Lockout, Lockouts, Login, MountOptions, Params, Renewal, Request, Route, RouteTable};
use futures_util::future::BoxFuture;
use kvd_storage::{View, ViewTx};
use kvd_types::{Fault, FaultKind, LoginGrant, LoginTimes, Operation, Reply, Timestamp};
use std::sync::Arc;

/// A mounted engine, as the vault sees it.
///
/// Not implemented by hand: [`engine`] makes it out of an engine's own type and route table.
pub trait SecretsEngine: Send + Sync {
    /// The route that `path` (below the mount) belongs to, with the parts of the path that its pattern names.
    fn find<'a>(&self, path: &'a str) -> Option<(usize, Params<'a>)>;

    /// What the vault has to know of a route before it lets a call through.
    fn facts(&self, route: usize) -> Route<()>;

    /// How many routes there are.
    fn routes(&self) -> usize;

    /// What can be done at a route.
    fn operations(&self, route: usize) -> Vec<Operation>;

    /// Whether the thing that a write is about exists; asked only of routes whose facts say that it matters.
    fn exists<'a>(&'a self, route: usize, request: Request<'a>) -> BoxFuture<'a, Result<bool, Fault>>;

    /// Does what is asked; a route that does not know the operation answers that it is unsupported.
    fn handle<'a>(&'a self, route: usize, request: Request<'a>) -> BoxFuture<'a, Result<Reply, Fault>>;

    /// Whether reads and listings change nothing, here or elsewhere: such a call may be recorded together with its
    /// answer.
    fn reads_are_pure(&self) -> bool;

    /// What an auth method does in the transaction that makes a token of its grant.
    ///
    /// # Errors
    /// When the grant is not good any more; then no token is made.
    fn redeem(&self, grant: &LoginGrant, now: Timestamp, tx: &mut dyn ViewTx) -> Result<(), Fault>;

    /// The times by which a token of this method is renewed.
    fn renew<'a>(&'a self, renewal: Renewal<'a>) -> BoxFuture<'a, Result<LoginTimes, Fault>>;

    /// The names that an auth method has locked out after failed logins, by the rules of its mount.
    fn locked<'a>(
        &'a self,
        view: &'a Arc<dyn View>,
        rules: Lockout,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<String>, Fault>>;

    /// Lets a name log in again.
    fn unlock<'a>(&'a self, view: &'a Arc<dyn View>, name: &'a str) -> BoxFuture<'a, Result<(), Fault>>;

    /// The answer to a path that no route knows.
    fn unknown_path<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, Fault>>;
}

/// What happens to a mount's records when its options change, such as from version 1 of `kv` to version 2.
pub trait Upgrade: Send + Sync {
    /// Brings the records of `view` into the form that `options` ask for. It may be killed at any moment and is run
    /// again at the next start, so each step must leave a state that it can go on from.
    fn upgrade<'a>(
        &'a self,
        view: &'a Arc<dyn View>,
        options: &'a MountOptions,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}

type Unknown<E> = for<'a> fn(&'a E, Request<'a>) -> BoxFuture<'a, Result<Reply, Fault>>;

struct Mounted<E: 'static> {
    engine: E,
    table: &'static RouteTable<E>,
    unknown: Unknown<E>,
    login: Option<Login<E>>,
    lockouts: Option<Lockouts<E>>,
    reads_are_pure: bool,
}

/// Makes a mountable engine of `inner` and its routes; paths without a route are a plain "unsupported path".
pub fn engine<E: Send + Sync + 'static>(inner: E, table: &'static RouteTable<E>) -> Arc<dyn SecretsEngine> {
    mounted(inner, table, None, None, false)
}

/// As [`engine`], for one that only keeps things: see [`SecretsEngine::reads_are_pure`].
pub fn keeper<E: Send + Sync + 'static>(inner: E, table: &'static RouteTable<E>) -> Arc<dyn SecretsEngine> {
    mounted(inner, table, None, None, true)
}

/// As [`engine`], for an auth method.
pub fn auth_method<E: Send + Sync + 'static>(
    inner: E,
    table: &'static RouteTable<E>,
    login: Login<E>,
) -> Arc<dyn SecretsEngine> {
    mounted(inner, table, Some(login), None, false)
}

/// As [`auth_method`], for one that locks names out after failed logins.
pub fn locking_auth_method<E: Send + Sync + 'static>(
    inner: E,
    table: &'static RouteTable<E>,
    login: Login<E>,
    lockouts: Lockouts<E>,
) -> Arc<dyn SecretsEngine> {
    mounted(inner, table, Some(login), Some(lockouts), false)
}

fn mounted<E: Send + Sync + 'static>(
    engine: E,
    table: &'static RouteTable<E>,
    login: Option<Login<E>>,
    lockouts: Option<Lockouts<E>>,
    reads_are_pure: bool,
) -> Arc<dyn SecretsEngine> {
    let unknown: Unknown<E> = |_, _| Box::pin(async { Err(Fault::unsupported_path()) });
    Arc::new(Mounted { engine, table, unknown, login, lockouts, reads_are_pure })
}

impl<E: Send + Sync + 'static> SecretsEngine for Mounted<E> {
    fn find<'a>(&self, path: &'a str) -> Option<(usize, Params<'a>)> {
        self.table.find(path)
    }

    fn facts(&self, route: usize) -> Route<()> {
        self.table.route(route).facts()
    }

    fn routes(&self) -> usize {
        self.table.len()
    }

    fn operations(&self, route: usize) -> Vec<Operation> {
        self.table.route(route).operations.iter().map(|(operation, _)| *operation).collect()
    }

    fn exists<'a>(&'a self, route: usize, request: Request<'a>) -> BoxFuture<'a, Result<bool, Fault>> {
        match self.table.route(route).exists {
            Some(exists) => exists(&self.engine, request),
            None => Box::pin(async { Ok(true) }),
        }
    }

    fn handle<'a>(&'a self, route: usize, request: Request<'a>) -> BoxFuture<'a, Result<Reply, Fault>> {
        match self.table.route(route).handler(request.operation()) {
            Some(handler) => handler(&self.engine, request),
            None if request.operation() == Operation::Help => (self.unknown)(&self.engine, request),
            // Clients of open routes get the bare text.
            None if self.table.route(route).access == Access::Open => {
                Box::pin(async { Err(Fault::new(FaultKind::UnsupportedOperation, "unsupported operation")) })
            }
            None => Box::pin(async { Err(Fault::unsupported_operation()) }),
        }
    }

    fn reads_are_pure(&self) -> bool {
        self.reads_are_pure
    }

    fn redeem(&self, grant: &LoginGrant, now: Timestamp, tx: &mut dyn ViewTx) -> Result<(), Fault> {
        match &self.login {
            Some(login) => (login.redeem)(&self.engine, grant, now, tx),
            // Only an auth method's grants become tokens.
            None => Err(Fault::permission_denied()),
        }
    }

    fn renew<'a>(&'a self, renewal: Renewal<'a>) -> BoxFuture<'a, Result<LoginTimes, Fault>> {
        match &self.login {
            Some(login) => (login.renew)(&self.engine, renewal),
            None => Box::pin(async { Err(Fault::permission_denied()) }),
        }
    }

    fn locked<'a>(
        &'a self,
        view: &'a Arc<dyn View>,
        rules: Lockout,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<String>, Fault>> {
        match &self.lockouts {
            Some(lockouts) => (lockouts.locked)(&self.engine, view, rules, now),
            None => Box::pin(async { Ok(Vec::new()) }),
        }
    }

    fn unlock<'a>(&'a self, view: &'a Arc<dyn View>, name: &'a str) -> BoxFuture<'a, Result<(), Fault>> {
        match &self.lockouts {
            Some(lockouts) => (lockouts.unlock)(&self.engine, view, name),
            None => Box::pin(async { Ok(()) }),
        }
    }

    fn unknown_path<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, Fault>> {
        (self.unknown)(&self.engine, request)
    }
}
