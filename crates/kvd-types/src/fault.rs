//! A refusal: its kind, what the caller reads, and what the log reads.

use crate::PathError;
use std::{borrow::Cow, fmt};

/// An error of any type that a fault came from.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call was refused.
///
/// `public` goes to the caller, `source` to the log. Neither may hold what the caller sent: texts are fixed, or
/// made from names that the vault itself has given.
#[derive(Debug)]
pub struct Fault {
    /// Whose fault it is, and with it the status on every wire.
    pub kind: FaultKind,
    /// What the caller reads, one text each; none for a plain "not there".
    pub public: Vec<Cow<'static, str>>,
    /// What went wrong underneath.
    pub source: Option<BoxError>,
    /// Seconds after which it may be tried again.
    pub retry_after_seconds: Option<u64>,
    /// Further headers (lower-case name, value) that a door should send where it can.
    pub headers: Vec<(&'static str, String)>,
}

/// The kinds of refusals; the only place from which a status comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request itself is wrong.
    Invalid,
    /// What somebody shows to log in is not right.
    WrongCredentials,
    /// No token, a wrong one, or one without the right.
    PermissionDenied,
    /// There is no such thing.
    NotFound,
    /// The path does not know the operation.
    UnsupportedOperation,
    /// The body is too large.
    TooLarge,
    /// The path is too long.
    PathTooLong,
    /// The body is of a type that the operation does not take.
    UnsupportedMedia,
    /// Too many requests.
    RateLimited,
    /// The headers are too large.
    HeadersTooLarge,
    /// The server itself failed.
    Internal,
    /// The server does not know such a thing at all.
    NotImplemented,
    /// The vault is sealed.
    Sealed,
    /// It cannot be done at the moment.
    Unavailable,
    /// No audit device took the record.
    AuditUnavailable,
    /// It took too long.
    DeadlineExceeded,
}

/// The status of a kind on each wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// The HTTP status.
    pub http: u16,
    /// The gRPC status code.
    pub grpc: u8,
}

impl FaultKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 16] = [
        Self::Invalid,
        Self::WrongCredentials,
        Self::PermissionDenied,
        Self::NotFound,
        Self::UnsupportedOperation,
        Self::TooLarge,
        Self::PathTooLong,
        Self::UnsupportedMedia,
        Self::RateLimited,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::NotImplemented,
        Self::Sealed,
        Self::Unavailable,
        Self::AuditUnavailable,
        Self::DeadlineExceeded,
    ];

    /// The one table from a fault to what each wire calls it.
    pub const fn codes(self) -> Codes {
        let (http, grpc) = match self {
            Self::Invalid => (400, 3),
            Self::WrongCredentials => (400, 16),
            Self::PermissionDenied => (403, 7),
            Self::NotFound => (404, 5),
            Self::UnsupportedOperation => (405, 12),
            Self::TooLarge => (413, 8),
            Self::PathTooLong => (414, 3),
            Self::UnsupportedMedia => (415, 3),
            Self::RateLimited => (429, 8),
            Self::HeadersTooLarge => (431, 8),
            Self::Internal | Self::AuditUnavailable => (500, 13),
            Self::NotImplemented => (501, 12),
            Self::Sealed | Self::Unavailable => (503, 14),
            Self::DeadlineExceeded => (504, 4),
        };
        Codes { http, grpc }
    }
}

impl Fault {
    /// A fault with one text for the caller.
    pub fn new(kind: FaultKind, public: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            public: vec![public.into()],
            source: None,
            retry_after_seconds: None,
            headers: Vec::new(),
        }
    }

    /// The request is wrong in the way that `public` says.
    pub fn invalid(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::Invalid, public)
    }

    /// There is no such thing, and nothing more to say.
    pub fn absent() -> Self {
        Self {
            kind: FaultKind::NotFound,
            public: Vec::new(),
            source: None,
            retry_after_seconds: None,
            headers: Vec::new(),
        }
    }

    /// No token, or one that is not good.
    pub fn permission_denied() -> Self {
        Self::new(FaultKind::PermissionDenied, "permission denied")
    }

    /// A good token without the right; the text is the one that clients look for.
    pub fn not_permitted() -> Self {
        Self::new(FaultKind::PermissionDenied, "1 error occurred:\n\t* permission denied\n\n")
    }

    /// The path is known, but not with this operation.
    pub fn unsupported_operation() -> Self {
        Self::new(FaultKind::UnsupportedOperation, "1 error occurred:\n\t* unsupported operation\n\n")
    }

    /// The mount is known, but not this path below it.
    pub fn unsupported_path() -> Self {
        Self::new(FaultKind::NotFound, "1 error occurred:\n\t* unsupported path\n\n")
    }

    /// The vault is sealed.
    pub fn sealed() -> Self {
        Self::new(FaultKind::Sealed, "Vault is sealed")
    }

    /// The server failed; the caller learns no more than that.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self { source: Some(source.into()), ..Self::new(FaultKind::Internal, "internal error") }
    }

    /// The same fault with its cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        self.public.iter().try_for_each(|text| write!(f, ": {}", text.trim_end()))
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|s| &**s as &(dyn std::error::Error + 'static))
    }
}

impl From<PathError> for Fault {
    fn from(error: PathError) -> Self {
        let kind = match error {
            PathError::TooLong => FaultKind::PathTooLong,
            PathError::EmptySegment
            | PathError::InvalidEscape
            | PathError::NotUtf8
            | PathError::Unprintable
            | PathError::Relative
            | PathError::TooManySegments => FaultKind::Invalid,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_error_status_on_both_wires() {
        for kind in FaultKind::ALL {
            let Codes { http, grpc } = kind.codes();
            assert!((400..600).contains(&http) && (1..=16).contains(&grpc), "{kind:?}");
        }
    }

    #[test]
    fn what_the_user_did_wrong_is_never_a_server_error() {
        for kind in FaultKind::ALL {
            let servers = matches!(
                kind,
                FaultKind::Internal
                    | FaultKind::NotImplemented
                    | FaultKind::Sealed
                    | FaultKind::Unavailable
                    | FaultKind::AuditUnavailable
                    | FaultKind::DeadlineExceeded
            );
            assert_eq!(kind.codes().http >= 500, servers, "{kind:?}");
        }
    }
}
