//! Connections inside the process: a client's end without sockets, for tests and for the program's own calls.

use crate::{
    Connection, ConnectionSettings, Door,
    serve::{Protocol, serve_on},
};
use tokio::{
    io::{DuplexStream, duplex},
    sync::watch,
};

/// Bytes that either end may write before the other one reads.
const BUFFER_BYTES: usize = 64 << 10;

/// Opens a connection to `door` and serves it on the present runtime; returns the client's end, which speaks
/// HTTP/1.1. Dropping it ends the connection.
pub fn connect<D: Door>(
    door: D,
    settings: impl Into<ConnectionSettings>,
    connection: Connection,
) -> DuplexStream {
    open(door, settings.into(), connection, Protocol::Http1)
}

/// As [`connect`], for a client that speaks HTTP/2 from the start.
pub fn connect_http2<D: Door>(
    door: D,
    settings: impl Into<ConnectionSettings>,
    connection: Connection,
) -> DuplexStream {
    open(door, settings.into(), connection, Protocol::Http2)
}

fn open<D: Door>(
    door: D,
    settings: ConnectionSettings,
    connection: Connection,
    protocol: Protocol,
) -> DuplexStream {
    let (client, server) = duplex(BUFFER_BYTES);
    tokio::spawn(async move {
        let (_running, stopped) = watch::channel(());
        let served = serve_on(server, protocol, connection, settings, door, stopped).await;
        if let Err(error) = served {
            tracing::debug!(%error, "connection ended");
        }
    });
    client
}
