//! A request, in the words of the vault rather than those of a wire format.

use crate::{ApiPath, NamespaceId, Operation, RequestId, Secret};
use kvd_json::Object;
use std::{fmt, net::IpAddr, time::Duration};

/// One request, as every door hands it to the vault.
#[derive(Debug)]
pub struct Call {
    /// Stands in the answer, in audit lines and in logs.
    pub id: RequestId,
    /// What is to be done.
    pub operation: Operation,
    /// Where the path begins.
    pub namespace: NamespaceId,
    /// What it is to be done to, below `/v1/`.
    pub path: ApiPath,
    /// The body's members, or the query's parameters where there is no body.
    pub data: Object,
    /// Who says they are calling.
    pub auth: ClientAuth,
    /// How long the answer shall be kept wrapped; none when it shall be given as it is.
    pub wrap_ttl: Option<Duration>,
    /// Where the call came from.
    pub peer: Peer,
    /// What the door that it came through opens to callers without a token.
    pub opened: Opened,
    /// The headers it came with; read by name only.
    pub headers: Box<dyn Headers>,
}

/// What a call shows of its caller.
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// Neither a token header nor a bearer.
    Missing,
    /// A token, not yet looked at.
    Token(Secret<String>),
}

/// What a door opens to callers without a token, beside what is open everywhere. By default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// `sys/rekey/*`, as some old tools expect.
    pub rekey: bool,
    /// `sys/generate-root/*`, as some old tools expect.
    pub generate_root: bool,
    /// `sys/metrics`, also while sealed.
    pub metrics: bool,
    /// `sys/in-flight-req`, also while sealed.
    pub in_flight: bool,
}

/// The other end of the connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The address; that of the client itself where a trusted proxy tells it.
    pub address: Option<IpAddr>,
    /// The port, 0 where there is none.
    pub port: u16,
    /// The client's certificate (DER) and those that it sent along with it. The handshake has proved that the client
    /// holds the key of the first one, and nothing else: who issued it is for whoever relies on it to check.
    pub certificates: Option<std::sync::Arc<[Vec<u8>]>>,
}

impl Peer {
    /// A caller inside the process.
    pub const fn internal() -> Self {
        Self { address: None, port: 0, certificates: None }
    }
}

/// The headers of a call, without naming a web framework.
pub trait Headers: Send + Sync {
    /// All values of the header `name`, which is given in lower case.
    fn values<'a>(&'a self, name: &str) -> Vec<&'a str>;
}

/// A call that came without headers.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHeaders;

impl Headers for NoHeaders {
    fn values<'a>(&'a self, _: &str) -> Vec<&'a str> {
        Vec::new()
    }
}

impl fmt::Debug for dyn Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Headers(..)")
    }
}
