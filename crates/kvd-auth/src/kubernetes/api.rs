//! What the API server is asked: whose token this is, which labels a namespace has, which annotations an account.

use super::{Kubernetes, config::Config};
use kvd_backend::{Outbound, OutboundAnswer, OutboundCall, Trust};
use kvd_types::{Fault, Secret};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use std::collections::BTreeMap;

/// The API server of a configuration.
pub(super) struct Api<'a> {
    outbound: &'a dyn Outbound,
    base: &'a str,
    trust: Trust,
    /// The token of whoever asks for us; none where a token has to speak for itself.
    reviewer: Option<Secret<String>>,
}

/// A service account in the words of the API server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reviewed {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) uid: String,
}

/// Why there is no word of the API server; for the log of whoever runs this server, never for the caller.
pub(super) type Refusal = &'static str;

impl<'a> Api<'a> {
    /// Reads what the pod of the server has, where the configuration leaves that to it. It is read anew each time,
    /// since Kubernetes replaces it every hour.
    ///
    /// # Errors
    /// When there is no authority.
    pub(super) async fn new(method: &'a Kubernetes, config: &'a Config) -> Result<Self, Fault> {
        let local = |name| tokio::fs::read_to_string(method.pod.join(name));
        let authority = match config.ca_cert.as_str() {
            "" => local("ca.crt").await.map_err(|_| {
                Fault::invalid(format!("open {}/ca.crt: no such file or directory", method.pod.display()))
            })?,
            given => given.to_owned(),
        };
        let reviewer = match config.reviewer_jwt.as_str() {
            "" if config.disable_local_ca_jwt => None,
            // Without one the token that is to be reviewed asks for itself.
            "" => local("token").await.ok(),
            given => Some(given.to_owned()),
        };
        let reviewer = reviewer.map(|token| Secret::new(token.trim().to_owned()));
        let base = config.host.strip_suffix('/').unwrap_or(&config.host);
        // An empty text would stand for the authorities of the operating system, which have no say here.
        Ok(Self { outbound: &*method.outbound, base, trust: Trust::Only(authority.into()), reviewer })
    }

    /// Whose token this is, if it is good for one of the audiences.
    ///
    /// # Errors
    /// When it is not, or there is no answer.
    pub(super) async fn review(&self, token: &str, audiences: &[String]) -> Result<Reviewed, Refusal> {
        let mut spec = json!({ "token": token });
        if !audiences.is_empty() {
            spec["audiences"] = json!(audiences);
        }
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec });
        let call = OutboundCall {
            body: Some(Secret::new(review.to_string())),
            bearer: Some(self.reviewer.clone().unwrap_or_else(|| Secret::new(token.to_owned()))),
            ..OutboundCall::get(self.url("/apis/authentication.k8s.io/v1/tokenreviews"), self.trust.clone())
        };
        reviewed(self.ask(call).await?, audiences)
    }

    /// The labels of a namespace, whose name must be one that the API server has said.
    ///
    /// # Errors
    /// When there is no answer.
    pub(super) async fn labels(&self, namespace: &str) -> Result<BTreeMap<String, String>, Refusal> {
        Ok(self.object(&format!("/api/v1/namespaces/{namespace}")).await?.labels)
    }

    /// The annotations of a service account, whose names must be those that the API server has said.
    ///
    /// # Errors
    /// When there is no answer.
    pub(super) async fn annotations(&self, account: &Reviewed) -> Result<BTreeMap<String, String>, Refusal> {
        let Reviewed { name, namespace, .. } = account;
        Ok(self.object(&format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}")).await?.annotations)
    }

    async fn object(&self, path: &str) -> Result<Metadata, Refusal> {
        #[derive(Deserialize)]
        struct Object {
            metadata: Metadata,
        }
        let reviewer = self.reviewer.clone().ok_or("the reviewer's token has to be configured for that")?;
        let call =
            OutboundCall { bearer: Some(reviewer), ..OutboundCall::get(self.url(path), self.trust.clone()) };
        match self.ask(call).await? {
            answer if answer.status == 200 => parse::<Object>(&answer).map(|object| object.metadata),
            _ => Err("the API server refused to show an object"),
        }
    }

    async fn ask(&self, call: OutboundCall) -> Result<OutboundAnswer, Refusal> {
        self.outbound.send(call).await.map_err(|_| "the API server cannot be asked")
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

fn parse<T: DeserializeOwned>(answer: &OutboundAnswer) -> Result<T, Refusal> {
    serde_json::from_slice(&answer.body).map_err(|_| "the API server's answer cannot be read")
}

/// The answer to a review (authentication.k8s.io/v1).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Review {
    status: ReviewStatus,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ReviewStatus {
    authenticated: bool,
    error: String,
    audiences: Vec<String>,
    user: User,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct User {
    username: String,
    uid: String,
}

fn reviewed(answer: OutboundAnswer, audiences: &[String]) -> Result<Reviewed, Refusal> {
    if !(200..=206).contains(&answer.status) {
        return Err("the API server refused the review");
    }
    let Review { status } = parse(&answer)?;
    if !status.authenticated || !status.error.is_empty() {
        return Err("the token is not good in the eyes of the API server");
    }
    // One that knows nothing of audiences names none, and its word is not enough where one was asked for.
    if !audiences.is_empty() && !audiences.iter().any(|a| status.audiences.contains(a)) {
        return Err("the token is for others");
    }
    let mut parts = status.user.username.split(':');
    match [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some("system"), Some("serviceaccount"), Some(namespace), Some(name), None]
            if is_name(namespace) && is_name(name) =>
        {
            Ok(Reviewed { name: name.to_owned(), namespace: namespace.to_owned(), uid: status.user.uid })
        }
        _ => Err("the token is not that of a service account"),
    }
}

/// Whether it is a name in Kubernetes (RFC 1123): nothing else may become part of an address.
fn is_name(text: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !text.is_empty() && text.len() <= 253 && text.chars().all(is_sign) && !text.contains("..") && text != "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v067_a_review_is_believed_only_as_far_as_it_goes() {
        let good = r#""authenticated":true,"audiences":["vault"],"user":{"uid":"u","username":"#;
        let ours = r#""system:serviceaccount:prod:web"}"#;
        for (status, text, want) in [
            (201, format!("{good}{ours}"), true),
            (200, format!("{good}{ours}"), true),
            (401, format!("{good}{ours}"), false),
            (500, format!("{good}{ours}"), false),
            (302, format!("{good}{ours}"), false),
            (201, format!("{good}\"ann\"}}"), false),
            (201, format!("{good}\"system:serviceaccount:prod\"}}"), false),
            (201, format!("{good}\"system:serviceaccount:prod:web:x\"}}"), false),
            (201, format!("{good}\"system:node:prod:web\"}}"), false),
            (201, format!("{good}\"system:serviceaccount:../x:web\"}}"), false),
            (201, format!("{good}\"system:serviceaccount:prod:w%2fb\"}}"), false),
            (201, format!("\"error\":\"gone\",{good}{ours}"), false),
            (201, r#""user":{}"#.to_owned(), false),
            (201, format!("\"authenticated\":false,{}", &good[21..]) + ours, false),
            (201, good.replace("vault", "other") + ours, false),
            (201, good.replace(r#""vault""#, "") + ours, false),
            (201, good.replace(r#""audiences":["vault"],"#, "") + ours, false),
        ] {
            let body = format!("{{\"status\":{{{text}}}}}").into_bytes();
            let got = reviewed(OutboundAnswer { status, body }, &["vault".to_owned()]);
            assert_eq!(got.is_ok(), want, "{status} {text}");
        }
        let body = b"<html>".to_vec();
        assert!(reviewed(OutboundAnswer { status: 201, body }, &[]).is_err());
    }
}
