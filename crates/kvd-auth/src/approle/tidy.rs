//! `tidy/secret-id`: frees what secret ids take up that have ended.

use super::{
    role::ROLES,
    secret_id::{self, SecretId},
};
use crate::record;
use kvd_backend::Request;
use kvd_storage::{Page, Table, View, transact};
use kvd_types::{Fault, Reply, Status, Timestamp};
use std::sync::Arc;

/// Starts the clean-up and answers at once.
pub(super) async fn start(request: Request<'_>) -> Result<Reply, Fault> {
    let (view, now) = (Arc::clone(request.view), request.now);
    tokio::spawn(async move {
        match sweep(&*view, now).await {
            Ok(removed) => tracing::info!(removed, "removed secret ids that had ended"),
            Err(fault) => tracing::warn!(error = %fault, "cleaning up secret ids failed"),
        }
    });
    Ok(Reply::empty().with_status(Status::Accepted).warn(
        "Tidy operation successfully started. Any information from the operation will be printed to the server logs.",
    ))
}

/// Removes what had ended by `now`, role by role; gives how many there were.
async fn sweep(view: &dyn View, now: Timestamp) -> Result<usize, Fault> {
    let mut removed = 0;
    for role in view.list(Table::Heads, ROLES, Page::default()).await? {
        let mut ended = Vec::new();
        for (mac, opened) in view.list_records(Table::Heads, &secret_id::folder(&role)).await? {
            if !record::decode::<SecretId>(&opened)?.is_good(now) {
                ended.push(mac);
            }
        }
        if ended.is_empty() {
            continue;
        }
        removed += ended.len();
        transact(view, move |tx| -> Result<(), Fault> {
            for mac in &ended {
                // One that was made anew under the same name since then stays.
                if secret_id::find_in(tx, &role, mac, now)?.is_none() {
                    secret_id::remove(tx, &role, mac)?;
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(removed)
}
