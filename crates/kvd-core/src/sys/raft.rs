//! `sys/storage/raft`: answers that there is no such storage, as Vault does with any other.

use super::routes::route;
use crate::house::House;
use kvd_backend::{Access, RouteTable};
use kvd_types::{Fault, Operation, Reply};

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "storage/raft/{path*}",
    Access::Token,
    &[
        (Operation::Read, |_, _| Box::pin(refuse())),
        (Operation::Write, |_, _| Box::pin(refuse())),
        (Operation::Delete, |_, _| Box::pin(refuse())),
    ],
    &[],
    "A cluster of nodes that keep the data themselves, which this one is not.",
)]);

async fn refuse() -> Result<Reply, Fault> {
    Err(Fault::invalid("raft storage is not in use"))
}
