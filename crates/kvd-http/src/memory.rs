//! Connections inside the process: a client's end without sockets, for tests and for the program's own calls.

use crate::{
    Connection, Gateway, ListenerSettings,
    serve::{Protocol, serve_on},
};
use kvd_types::{Call, Fault, Reply};
use std::sync::Arc;
use tokio::{
    io::{DuplexStream, duplex},
    sync::watch,
};
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
    open(gateway, settings, connection, Protocol::Http1)
}

/// As [`connect`], for a client that speaks HTTP/2 from the start.
pub fn connect_http2<S>(
    gateway: Gateway<S>,
    settings: ListenerSettings,
    connection: Connection,
) -> DuplexStream
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
{
    open(gateway, settings, connection, Protocol::Http2)
}

fn open<S>(
    gateway: Gateway<S>,
    settings: ListenerSettings,
    connection: Connection,
    protocol: Protocol,
) -> DuplexStream
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
{
    let (client, server) = duplex(BUFFER_BYTES);
    tokio::spawn(async move {
        let (_running, stopped) = watch::channel(());
        let served = serve_on(server, protocol, connection, Arc::new(settings), gateway, stopped).await;
        if let Err(error) = served {
            tracing::debug!(%error, "connection ended");
        }
    });
    client
}
