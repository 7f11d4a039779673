//! Connections inside the process: a client's end without sockets, for tests and for the program's own calls.

use crate::{Connection, Gateway, ListenerSettings, serve_connection};
use kvd_types::{Call, Fault, Reply};
use std::sync::Arc;
use tokio::io::{DuplexStream, duplex};
use tower::Service;

/// Bytes that either end may write before the other one reads.
const BUFFER_BYTES: usize = 64 << 10;

/// Opens a connection to `gateway` and serves it on the present runtime; returns the client's end, which speaks
/// HTTP/1.1. Dropping it ends the connection.
pub fn connect<S>(gateway: Gateway<S>, settings: ListenerSettings, connection: Connection) -> DuplexStream
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
{
    let (client, server) = duplex(BUFFER_BYTES);
    tokio::spawn(async move {
        if let Err(error) = serve_connection(server, connection, Arc::new(settings), gateway).await {
            tracing::debug!(%error, "connection ended");
        }
    });
    client
}
