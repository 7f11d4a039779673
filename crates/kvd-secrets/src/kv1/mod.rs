//! Version 1 of `kv`: one value a path, replaced as a whole, without a history.

mod value;

use kvd_backend::{Access, Fields, MountOptions, Pattern, Route, RouteTable, SecretsEngine};
use kvd_types::{Fault, Operation as Op};
use std::sync::Arc;

/// A mount of version 1.
struct Engine;

/// Builds the engine of a mount.
///
/// # Errors
/// None so far; every option but `version`, which the registry has looked at, is passed over.
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
        (Op::Scan, |e, r| Box::pin(value::scan(e, r))),
    ],
    exists: Some(|e, r| Box::pin(value::exists(e, r))),
    access: Access::Token,
    fields: Fields::Any,
    summary: "Reads, writes, deletes and lists values.",
}]);
