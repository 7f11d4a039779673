//! How a listener behaves: the plain values that the program fills from its configuration.

use crate::{ForwardedFor, ResponseHeaders};
use kvd_json::Limits;
use kvd_types::Opened;
use std::time::Duration;

/// Everything that can be set for one listener; the defaults are safe on an open network.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// How large a request may be.
    pub limits: RequestLimits,
    /// How long a peer may take.
    pub timeouts: Timeouts,
    /// Which proxies may name another client address; none by default (`x_forwarded_for_*`).
    pub forwarded_for: Option<ForwardedFor>,
    /// Further headers of every answer (`custom_response_headers`).
    pub response_headers: ResponseHeaders,
    /// What is open to callers without a token (`enable_unauthenticated_access`, `unauthenticated_metrics_access` and
    /// their like).
    pub opened: Opened,
    /// Most connections at once; further ones wait in the operating system's queue.
    pub max_connections: usize,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            limits: RequestLimits::default(),
            timeouts: Timeouts::default(),
            forwarded_for: None,
            response_headers: ResponseHeaders::default(),
            opened: Opened::default(),
            max_connections: 10_000,
        }
    }
}

/// Bounds on one request, in bytes unless said otherwise.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    /// The body (`max_request_size`); 32 MiB as in Vault.
    pub body: usize,
    /// The body of a request without a token: whoever cannot even show one needs no large body.
    pub body_without_token: usize,
    /// Request line and headers together, and the decoded header list of HTTP/2.
    pub head: usize,
    /// The token; larger ones cannot be tokens.
    pub token: usize,
    /// Depth, strings, nodes and estimated memory of a JSON body (`max_request_json_strings`,
    /// `max_request_json_memory`).
    pub json: Limits,
    /// Parameters of a query or fields of a form, counted.
    pub pairs: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            body: 32 << 20,
            body_without_token: 1 << 20,
            head: 64 << 10,
            token: 8 << 10,
            json: Limits::default(),
            pairs: 1_000,
        }
    }
}

/// How long each part of an exchange may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The TLS handshake, and request line and headers from their first byte on (`http_read_header_timeout`).
    pub head: Duration,
    /// The whole body (`http_read_timeout`).
    pub body: Duration,
    /// A connection without a request (`http_idle_timeout`).
    pub idle: Duration,
    /// A peer that takes nothing of the answer (`http_write_timeout`).
    pub write: Duration,
    /// One request from its headers to its answer (`max_request_duration`).
    pub request: Duration,
    /// What runs when the server is told to stop; afterwards connections are cut.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(300),
            write: Duration::from_secs(30),
            request: Duration::from_secs(90),
            drain: Duration::from_secs(30),
        }
    }
}
