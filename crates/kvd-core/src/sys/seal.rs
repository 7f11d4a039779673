//! `sys/seal` and `sys/step-down`.

use crate::{house::House, seal};
use kvd_backend::Request;
use kvd_types::{Fault, Reply};

/// Seals the vault once this call is answered: its own keys go with it.
pub(super) async fn seal(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    seal::seal(&house.vault).await;
    Ok(Reply::empty())
}

/// A single node that steps down takes over again at once.
pub(super) async fn step_down(_: &House, _: Request<'_>) -> Result<Reply, Fault> {
    Ok(Reply::empty())
}
