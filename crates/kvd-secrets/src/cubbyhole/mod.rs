//! The cubbyhole: a store of its own for each token, which ends with the token.
//!
//! Every token's values lie in a folder that bears the name of its cubbyhole
//! ([`Caller::cubbyhole`](kvd_backend::Caller)). That name is drawn at random with the token and never handed out,
//! so that a later token of the same text finds nothing of an earlier one, and what is left of a revoked token's
//! cubbyhole can be reached by nobody.

mod forget;
mod value;

pub use self::forget::{Remains, forget, forget_all};

use kvd_backend::{Access, Fields, MountOptions, Pattern, Route, RouteTable, SecretsEngine};
use kvd_types::{Fault, Operation as Op};
use std::sync::Arc;

/// The mount of all cubbyholes.
struct Engine;

/// Builds the engine of the mount.
///
/// # Errors
/// None so far.
pub(crate) fn build(_: &MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> {
    Ok(kvd_backend::engine(Engine, &ROUTES))
}

static ROUTES: RouteTable<Engine> = RouteTable(&[Route {
    pattern: Pattern("{path*}"),
    operations: &[
        (Op::Read, |e, r| Box::pin(value::read(e, r))),
        (Op::Write, |e, r| Box::pin(value::write(e, r))),
        (Op::Delete, |e, r| Box::pin(value::delete(e, r))),
        (Op::List, |e, r| Box::pin(value::list(e, r))),
    ],
    exists: Some(|e, r| Box::pin(value::exists(e, r))),
    access: Access::Token,
    fields: Fields::Any,
    summary: "Reads, writes, deletes and lists the token's own values.",
}]);
