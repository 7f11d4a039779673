//! The port of whatever answers requests.

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use kvd_types::{BoxError, Peer};
use std::{net::SocketAddr, sync::Arc};

/// Answers the requests of a listener's connections; cheap to clone.
pub trait Door: Clone + Send + 'static {
    /// The body of an answer.
    type Body: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static;

    /// Answers one request. Whatever happens behind the door, this is an answer and never the end of the connection.
    fn respond(
        self,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> impl Future<Output = Response<Self::Body>> + Send + 'static;
}

/// What is known of a connection before its first request.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// The other end; none inside the process.
    pub address: Option<SocketAddr>,
    /// The certificate (DER) whose key the other end has shown to hold, and those that it sent along with it.
    pub certificates: Option<Arc<[Vec<u8>]>>,
}

impl Connection {
    /// The other end, as a call names it.
    pub fn peer(&self) -> Peer {
        Peer {
            address: self.address.map(|a| a.ip()),
            port: self.address.map_or(0, |a| a.port()),
            certificates: self.certificates.clone(),
        }
    }
}
