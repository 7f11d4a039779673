//! The port through which auth methods ask servers outside.

use futures_util::future::BoxFuture;
use kvd_types::Secret;
use std::sync::Arc;
use thiserror::Error;

/// Asks servers outside. Whoever implements it bounds the time and the size of an answer, and goes where it is sent
/// and nowhere else: not to another origin by a redirect, and not through a proxy that the environment names.
pub trait Outbound: Send + Sync {
    /// Makes a call. Answers of every status are answers.
    ///
    /// # Errors
    /// When there is no answer that can be believed.
    fn send(&self, call: OutboundCall) -> BoxFuture<'_, Result<OutboundAnswer, OutboundError>>;
}

/// A call: a GET, or a POST where there is a body.
#[derive(Clone, Debug)]
pub struct OutboundCall {
    /// Where to; only `http` and `https` are spoken. It comes from a configuration, never from whoever logs in.
    pub url: String,
    /// A JSON text.
    pub body: Option<Secret<String>>,
    /// What the Authorization header shows.
    pub bearer: Option<Secret<String>>,
    /// Whose certificates are good.
    pub trust: Trust,
}

impl OutboundCall {
    /// A GET without anything that shows who asks.
    pub fn get(url: impl Into<String>, trust: Trust) -> Self {
        Self { url: url.into(), body: None, bearer: None, trust }
    }
}

/// The authorities that the certificate of a server must come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// Those of the operating system.
    System,
    /// These (certificates in PEM) and no others.
    Only(Arc<str>),
}

impl Trust {
    /// As a configuration says it: no text stands for the operating system's authorities.
    pub fn of_pem(pem: &str) -> Self {
        if pem.trim().is_empty() { Self::System } else { Self::Only(pem.into()) }
    }
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct OutboundAnswer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer. The texts say nothing of what was sent or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OutboundError {
    /// The address is none.
    #[error("not an address that begins with http:// or https://")]
    Address,
    /// The authorities cannot be read.
    #[error("the certificates of the authorities cannot be used")]
    Authorities,
    /// Nobody answers, or somebody whose certificate is not good.
    #[error("the server cannot be reached")]
    Unreachable,
    /// It takes too long.
    #[error("the server did not answer in time")]
    TimedOut,
    /// It says more than anybody should.
    #[error("the answer is too long")]
    TooLong,
}
