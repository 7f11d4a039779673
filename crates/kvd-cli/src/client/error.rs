//! What can go wrong between a command and its server.

use std::fmt;

use super::Secret;

/// Why a call did not give a response. It has no `Debug` form, because a refusal may carry a secret.
pub(crate) enum ClientError {
    /// The server refused.
    Api(ApiError),
    /// The answer cannot be understood. Nothing of it is quoted, because it may hold secrets.
    Body(&'static str),
    /// The request was not sent, because it was only to be shown.
    Rehearsed(String),
    /// Address, certificates, headers or limits make no sense.
    Setup(String),
    /// The server could not be reached.
    Transport(String),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Body(text) => f.write_str(text),
            Self::Rehearsed(text) | Self::Setup(text) | Self::Transport(text) => f.write_str(text),
        }
    }
}

/// A refusal, in the form people know.
pub(crate) struct ApiError {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) namespace: Option<String>,
    pub(crate) reasons: Reasons,
    /// What the refusal carries beside its reasons: warnings, or the metadata of what is deleted.
    pub(crate) secret: Option<Box<Secret>>,
}

/// What the body of a refusal says.
pub(crate) enum Reasons {
    Errors(Vec<String>),
    /// The body is not JSON.
    Raw(String),
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Error making API request.\n\n")?;
        if let Some(namespace) = self.namespace.as_deref().filter(|name| !matches!(*name, "" | "root/")) {
            writeln!(f, "Namespace: {namespace}")?;
        }
        let kind = match &self.reasons {
            Reasons::Errors(_) => "Errors",
            Reasons::Raw(_) => "Raw Message",
        };
        write!(f, "URL: {} {}\nCode: {}. {kind}:\n\n", self.method, self.url, self.status)?;
        match &self.reasons {
            Reasons::Errors(errors) => errors.iter().try_for_each(|error| write!(f, "* {error}")),
            Reasons::Raw(body) => f.write_str(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_as_people_know_them() {
        let error = |namespace: Option<&str>, reasons| ApiError {
            method: "PUT",
            url: "http://h/v1/a".into(),
            status: 400,
            namespace: namespace.map(Into::into),
            reasons,
            secret: None,
        };
        let plain = error(None, Reasons::Errors(vec!["bad".into()]));
        assert_eq!(
            plain.to_string(),
            "Error making API request.\n\nURL: PUT http://h/v1/a\nCode: 400. Errors:\n\n* bad"
        );
        let raw = error(Some("root/"), Reasons::Raw("gone".into()));
        assert_eq!(
            raw.to_string(),
            "Error making API request.\n\nURL: PUT http://h/v1/a\nCode: 400. Raw Message:\n\ngone"
        );
        let inside = error(Some("team/"), Reasons::Errors(Vec::new()));
        assert_eq!(
            inside.to_string(),
            "Error making API request.\n\nNamespace: team/\nURL: PUT http://h/v1/a\nCode: 400. Errors:\n\n"
        );
    }
}
