//! How connections behave: the plain values that the program fills from its configuration.

use std::time::Duration;

/// What holds for the connections of one listener; the defaults are safe on an open network.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionSettings {
    /// How long a peer may take.
    pub timeouts: Timeouts,
    /// Bytes of request line and headers together, and of the decoded header list of HTTP/2.
    pub head_bytes: usize,
    /// Most connections at once; further ones wait in the operating system's queue.
    pub max_connections: usize,
    /// Most requests at once on one connection of HTTP/2.
    pub max_streams: u32,
    /// Which versions of HTTP are spoken.
    pub versions: Versions,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            head_bytes: 64 << 10,
            max_connections: 10_000,
            max_streams: 100,
            versions: Versions::default(),
        }
    }
}

/// The versions of HTTP that a listener speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// HTTP/1.1, and HTTP/2 where the TLS handshake agrees upon it.
    #[default]
    Any,
    /// HTTP/2 from the first byte on, with TLS and without.
    Http2,
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
