//! `sys/seal` and `sys/step-down`.

use super::routes::route;
use crate::{house::House, seal};
use kvd_backend::{Access, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};
use std::sync::Arc;

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route("seal", Access::Sudo, &[(Operation::Write, |h, r| Box::pin(seal(h, r)))], &[], "Seals the vault."),
    route(
        "step-down",
        Access::Sudo,
        &[(Operation::Write, |h, r| Box::pin(step_down(h, r)))],
        &[],
        "Gives up the lead.",
    ),
]);

/// Seals the vault once the answer is on record: the audit devices close with it.
async fn seal(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let vault = Arc::clone(&house.vault);
    Ok(Reply::empty().once_recorded(async move {
        seal::seal(&vault).await;
        Ok(())
    }))
}

/// A single node that steps down takes over again at once.
async fn step_down(_: &House, _: Request<'_>) -> Result<Reply, Fault> {
    Ok(Reply::empty())
}
