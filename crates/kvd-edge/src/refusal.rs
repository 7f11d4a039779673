//! What the log learns of a refusal.

use kvd_types::{Fault, FaultKind};

/// Tells the log the cause of a fault, which its caller does not learn.
pub fn log_refusal(fault: &Fault) {
    let Some(cause) = &fault.source else { return };
    match fault.kind {
        FaultKind::Internal | FaultKind::AuditUnavailable => {
            tracing::error!(kind = ?fault.kind, cause = %cause, "request failed");
        }
        FaultKind::Invalid
        | FaultKind::WrongCredentials
        | FaultKind::PermissionDenied
        | FaultKind::NotFound
        | FaultKind::UnsupportedOperation
        | FaultKind::TooLarge
        | FaultKind::PathTooLong
        | FaultKind::UnsupportedMedia
        | FaultKind::RateLimited
        | FaultKind::HeadersTooLarge
        | FaultKind::NotImplemented
        | FaultKind::Sealed
        | FaultKind::Unavailable
        | FaultKind::DeadlineExceeded => {
            tracing::debug!(kind = ?fault.kind, cause = %cause, "request refused");
        }
    }
}
