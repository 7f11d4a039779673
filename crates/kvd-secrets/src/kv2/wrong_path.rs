//! Paths that a version 2 mount does not have, most of which were meant for version 1.

use super::Engine;
use kvd_backend::Request;
use kvd_types::{Fault, Operation, Reply, Status};

/// Points at what was probably meant.
pub(super) async fn hint(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let absent = Reply::empty().with_status(Status::Absent);
    if let "data" | "metadata" | "delete" | "undelete" | "destroy" = request.path {
        return Ok(absent.warn("Non-listing operations on the root of a K/V v2 mount are not supported."));
    }
    let command = match request.operation() {
        Operation::Write => "put",
        Operation::Patch => "patch",
        Operation::Delete => "delete",
        Operation::List => "list",
        Operation::Scan => "scan",
        Operation::Read | Operation::Header | Operation::Help => "get",
    };
    Ok(absent.warn(format!(
        "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to \
         use. If using the Vault CLI, use 'vault kv {command}' for this operation."
    )))
}
