//! How a command ends when it does not end well.

use crate::client::{ClientError, Secret};

/// The exit status of a command that did what it was asked.
pub(crate) const SUCCESS: u8 = 0;
/// The exit status for wrong usage, noticed before the server was asked.
pub(crate) const USAGE: u8 = 1;
/// The exit status for an error of the server, or a value that is not there.
pub(crate) const SERVER: u8 = 2;

/// What a command returns: its exit status, or why it failed.
pub(crate) type Outcome = Result<u8, Failure>;

/// Why a command failed, in the words its user reads.
pub(crate) enum Failure {
    /// A message for the standard error, an exit status, and the warnings a refusal of the server may carry.
    Message { status: u8, text: String, secret: Option<Box<Secret>> },
    /// The request that `-output-curl-string` or `-output-policy` asked to see instead of sending it.
    Rehearsed(String),
}

impl Failure {
    /// Wrong usage: exit status 1.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::with_status(USAGE, text)
    }

    /// The server's error, or a value that is not there: exit status 2.
    pub(crate) fn server(text: impl Into<String>) -> Self {
        Self::with_status(SERVER, text)
    }

    /// Any other exit status.
    pub(crate) fn with_status(status: u8, text: impl Into<String>) -> Self {
        Self::Message { status, text: text.into(), secret: None }
    }

    /// Puts what was being done before an error of the client: `Error reading x: …`.
    pub(crate) fn doing(what: impl Into<String>) -> impl FnOnce(ClientError) -> Self {
        let what = what.into();
        move |error| match error {
            ClientError::Rehearsed(text) => Self::Rehearsed(text),
            ClientError::Api(mut api) => {
                let secret = api.secret.take();
                Self::Message { status: SERVER, text: format!("{what}: {api}"), secret }
            }
            other @ (ClientError::Setup(_) | ClientError::Transport(_) | ClientError::Body(_)) => {
                Self::server(format!("{what}: {other}"))
            }
        }
    }

    /// The same failure with another exit status, for the commands where 2 has a meaning of its own.
    pub(crate) fn exiting(self, status: u8) -> Self {
        match self {
            Self::Message { text, secret, .. } => Self::Message { status, text, secret },
            Self::Rehearsed(text) => Self::Rehearsed(text),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Rehearsed(text) => Self::Rehearsed(text),
            other @ (ClientError::Api(_)
            | ClientError::Setup(_)
            | ClientError::Transport(_)
            | ClientError::Body(_)) => Self::server(other.to_string()),
        }
    }
}
