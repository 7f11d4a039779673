//! The way out: the port [`Outbound`] over HTTP, with bounds that nobody who is asked can stretch.
//!
//! Time and size of an answer are bounded. A redirect is followed within its own origin only, so that an answer can
//! send nobody to another server. Proxies that the environment names are passed over: they would see what tokens are
//! shown to them. A certificate is checked against the authorities of the call, or else those of the operating system.

use futures_util::future::BoxFuture;
use kvd_backend::{Outbound, OutboundAnswer, OutboundCall, OutboundError, Trust};
use parking_lot::Mutex;
use reqwest::{
    Certificate, Client, Response, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect::{Attempt, Policy},
};
use std::{collections::VecDeque, error::Error, time::Duration};

/// How much a call may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From the first byte sent to the last one read, redirects included.
    pub time: Duration,
    /// The longest answer, in bytes.
    pub bytes: usize,
}

/// Ten seconds and a megabyte: key sets and reviews are far below.
impl Default for Bounds {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), bytes: 1 << 20 }
    }
}

/// The most redirects in a row.
const REDIRECTS: usize = 3;

/// The most sets of authorities whose connections are kept for the next call.
const CLIENTS: usize = 32;

/// Speaks HTTP/1.1 and HTTP/2 by reqwest, and TLS by rustls.
pub struct HttpOutbound {
    bounds: Bounds,
    /// The one used last stands first.
    clients: Mutex<VecDeque<(Trust, Client)>>,
}

impl HttpOutbound {
    /// Calls that take no more than `bounds`.
    pub fn new(bounds: Bounds) -> Self {
        // Whoever was first wins: all programs of this house choose the same provider.
        _ = rustls::crypto::ring::default_provider().install_default();
        Self { bounds, clients: Mutex::default() }
    }

    fn client(&self, trust: &Trust) -> Result<Client, OutboundError> {
        if let Some(client) = self.kept(trust) {
            return Ok(client);
        }
        let client = build(trust, self.bounds)?;
        let mut clients = self.clients.lock();
        clients.push_front((trust.clone(), client.clone()));
        clients.truncate(CLIENTS);
        Ok(client)
    }

    fn kept(&self, trust: &Trust) -> Option<Client> {
        let mut clients = self.clients.lock();
        let place = clients.iter().position(|(known, _)| known == trust)?;
        let found = clients.remove(place)?;
        let client = found.1.clone();
        clients.push_front(found);
        Some(client)
    }

    async fn answer(&self, call: OutboundCall) -> Result<OutboundAnswer, OutboundError> {
        let url = Url::parse(&call.url).map_err(|_| OutboundError::Address)?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(OutboundError::Address);
        }
        let client = self.client(&call.trust)?;
        let mut request = match &call.body {
            None => client.get(url),
            Some(body) => {
                client.post(url).header(CONTENT_TYPE, "application/json").body(body.expose().clone())
            }
        };
        request = request.header(ACCEPT, "application/json");
        if let Some(bearer) = &call.bearer {
            let value = HeaderValue::try_from(format!("Bearer {}", bearer.expose()));
            let mut value = value.map_err(|_| OutboundError::Address)?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let response = request.send().await.map_err(|e| reason(&e))?;
        let status = response.status().as_u16();
        Ok(OutboundAnswer { status, body: self.body(response).await? })
    }

    /// The body, read piece by piece: a length that is announced is not believed.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, OutboundError> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|e| reason(&e))? {
            if body.len() + piece.len() > self.bounds.bytes {
                return Err(OutboundError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

impl Outbound for HttpOutbound {
    fn send(&self, call: OutboundCall) -> BoxFuture<'_, Result<OutboundAnswer, OutboundError>> {
        Box::pin(self.answer(call))
    }
}

fn build(trust: &Trust, bounds: Bounds) -> Result<Client, OutboundError> {
    let mut builder = Client::builder()
        .no_proxy()
        .timeout(bounds.time)
        .connect_timeout(bounds.time)
        .redirect(Policy::custom(within_origin))
        .user_agent(concat!("kvd/", env!("CARGO_PKG_VERSION")));
    if let Trust::Only(pem) = trust {
        let authorities = Certificate::from_pem_bundle(pem.as_bytes()).unwrap_or_default();
        if authorities.is_empty() {
            return Err(OutboundError::Authorities);
        }
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(|_| OutboundError::Authorities)
}

/// Follows a redirect that stays where it is; any other one is the answer itself.
fn within_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let stays = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    if stays && attempt.previous().len() <= REDIRECTS { attempt.follow() } else { attempt.stop() }
}

fn reason(error: &reqwest::Error) -> OutboundError {
    if error.is_timeout() {
        return OutboundError::TimedOut;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|e| e.kind() == std::io::ErrorKind::TimedOut) {
            return OutboundError::TimedOut;
        }
        cause = inner.source();
    }
    OutboundError::Unreachable
}

#[cfg(test)]
mod tests;
