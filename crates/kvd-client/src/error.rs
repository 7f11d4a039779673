//! What can go wrong, by what a program can do about it.

use std::time::Duration;
use thiserror::Error;
use tonic::{Code, Status};

/// Why a call failed. None of these repeats a secret or a token.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no such secret, version or mount.
    #[error("there is no such thing")]
    NotFound,
    /// The version is deleted, or destroyed.
    #[error("version {version} is deleted")]
    Deleted {
        /// Its number.
        version: u64,
    },
    /// The token is not good, or its policies do not allow the call.
    #[error("permission denied")]
    PermissionDenied,
    /// Somebody else has written in between: the newest version is not the expected one.
    #[error("the secret has another version than expected")]
    Conflict,
    /// The request itself is wrong, in the way that the server says.
    #[error("the server refuses the request: {0}")]
    Invalid(String),
    /// The server asks for patience.
    #[error("too many requests")]
    RateLimited {
        /// After how long it may be tried again, where the server says so.
        retry_after: Option<Duration>,
    },
    /// The server cannot be reached, or its vault is sealed.
    #[error("the server is not available: {0}")]
    Unavailable(String),
    /// It took longer than the deadline.
    #[error("the deadline has passed")]
    DeadlineExceeded,
    /// The server does not know such a call.
    #[error("the server does not know this call")]
    Unsupported,
    /// The server failed.
    #[error("the server failed")]
    Server,
    /// The connection cannot be set up: an address or a certificate that is none.
    #[error("the connection cannot be set up")]
    Connection(#[source] tonic::transport::Error),
    /// A file that holds a token of somebody else's cannot be read.
    #[error("the token in {} cannot be read", file.display())]
    Credentials {
        /// The file.
        file: std::path::PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// What was given cannot stand in a request, such as a token with line breaks.
    #[error("the {0} cannot stand in a request")]
    Unsendable(&'static str),
    /// The secret is not what the program expects; the cause is not told, since it would quote the secret.
    #[error("the secret does not have the expected form")]
    Form,
}

/// What the server says when the version is not the expected one.
const CONFLICT: &str = "did not match the current version";

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::NotFound => Self::NotFound,
            Code::PermissionDenied | Code::Unauthenticated => Self::PermissionDenied,
            Code::InvalidArgument if status.message().contains(CONFLICT) => Self::Conflict,
            Code::ResourceExhausted => Self::RateLimited { retry_after: retry_after(&status) },
            Code::Unavailable => Self::Unavailable(status.message().to_owned()),
            Code::DeadlineExceeded | Code::Cancelled => Self::DeadlineExceeded,
            Code::Unimplemented => Self::Unsupported,
            Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::AlreadyExists
            | Code::Aborted => Self::Invalid(status.message().to_owned()),
            Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => Self::Server,
        }
    }
}

impl From<tonic::transport::Error> for Error {
    fn from(error: tonic::transport::Error) -> Self {
        Self::Connection(error)
    }
}

impl Error {
    /// Whether the same call may succeed a little later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::RateLimited { .. })
    }
}

fn retry_after(status: &Status) -> Option<Duration> {
    let seconds = status.metadata().get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_can_tell_what_to_do_by_the_error() {
        for (status, want) in [
            (Status::not_found(""), "NotFound"),
            (Status::permission_denied("x"), "PermissionDenied"),
            (
                Status::invalid_argument("check-and-set parameter did not match the current version"),
                "Conflict",
            ),
            (Status::invalid_argument("x"), "Invalid(\"x\")"),
            (Status::unavailable("Vault is sealed"), "Unavailable(\"Vault is sealed\")"),
            (Status::resource_exhausted("x"), "RateLimited { retry_after: None }"),
            (Status::deadline_exceeded("x"), "DeadlineExceeded"),
            (Status::unimplemented("x"), "Unsupported"),
            (Status::internal("x"), "Server"),
        ] {
            let error = Error::from(status);
            assert_eq!(format!("{error:?}"), want);
            assert_eq!(error.is_temporary(), want.starts_with("Unav") || want.starts_with("Rate"), "{want}");
        }
    }

    #[test]
    fn the_patience_that_the_server_asks_for_is_told() {
        let mut status = Status::resource_exhausted("slow down");
        status.metadata_mut().insert("retry-after", "7".parse().unwrap());
        let Error::RateLimited { retry_after } = Error::from(status) else { unreachable!("a rate limit") };
        assert_eq!(retry_after, Some(Duration::from_secs(7)));
    }
}
