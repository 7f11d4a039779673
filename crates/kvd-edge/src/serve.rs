//! Joins a listener, TLS and a door, and drains connections when it is told to stop.

use crate::{
    Connection, ConnectionSettings, Door, TlsReloader, Versions,
    patience::{Activity, Heads, PatientStream},
};
use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    future::Future,
    io,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

/// How long accepting pauses when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Which version of HTTP both ends have agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    /// What both ends speak, once the TLS handshake has settled it where there is one.
    fn agreed(versions: Versions, negotiated: Option<&[u8]>) -> Self {
        match (versions, negotiated) {
            (Versions::Http2, _) | (Versions::Any, Some(b"h2")) => Self::Http2,
            (Versions::Any, Some(_) | None) => Self::Http1,
        }
    }
}

/// Serves a listener until `shutdown` resolves, then lets running requests end within `timeouts.drain` and cuts
/// off what is left.
pub async fn serve<D: Door>(
    listener: TcpListener,
    settings: impl Into<ConnectionSettings>,
    tls: Option<Arc<TlsReloader>>,
    door: D,
    shutdown: impl Future<Output = ()>,
) {
    let settings: ConnectionSettings = settings.into();
    let room = Arc::new(Semaphore::new(settings.max_connections));
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &room) => accepted,
        };
        match accepted {
            Ok((stream, address, permit)) => {
                let (tls, door) = (tls.clone(), door.clone());
                let stopped = stopped.clone();
                connections.spawn(async move {
                    let connection = Connection { address: Some(address), certificates: None };
                    let served = match tls {
                        None => {
                            let protocol = Protocol::agreed(settings.versions, None);
                            serve_on(stream, protocol, connection, settings, door, stopped).await
                        }
                        Some(tls) => secure(stream, tls, connection, settings, door, stopped).await,
                    };
                    if let Err(error) = served {
                        tracing::debug!(%error, "connection ended");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    drop(stop);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(settings.timeouts.drain, drained).await.is_err() {
        connections.shutdown().await;
    }
}

/// Waits for room before it takes a connection: what does not fit stays in the operating system's queue.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, std::net::SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = room.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, address, permit))
}

async fn secure<D: Door>(
    stream: TcpStream,
    tls: Arc<TlsReloader>,
    connection: Connection,
    settings: ConnectionSettings,
    door: D,
    stopped: watch::Receiver<()>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let handshake = tls.acceptor().accept(stream);
    let stream = tokio::time::timeout(settings.timeouts.head, handshake).await??;
    let (_, session) = stream.get_ref();
    let protocol = Protocol::agreed(settings.versions, session.alpn_protocol());
    let certificates = session.peer_certificates().filter(|chain| !chain.is_empty());
    let certificates = certificates.map(|chain| chain.iter().map(|der| der.to_vec()).collect());
    serve_on(stream, protocol, Connection { certificates, ..connection }, settings, door, stopped).await
}

/// Serves one connection in HTTP/1.1 until it ends, whatever carries it.
///
/// # Errors
/// When the connection broke, the peer was too slow, or what it sent was not HTTP.
pub async fn serve_connection<T, D>(
    stream: T,
    connection: Connection,
    settings: impl Into<ConnectionSettings>,
    door: D,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    D: Door,
{
    let (_stop, stopped) = watch::channel(());
    serve_on(stream, Protocol::Http1, connection, settings.into(), door, stopped).await
}

pub(crate) async fn serve_on<T, D>(
    stream: T,
    protocol: Protocol,
    connection: Connection,
    settings: ConnectionSettings,
    door: D,
    stopped: watch::Receiver<()>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    D: Door,
{
    let activity = Arc::new(Activity::default());
    let heads = match protocol {
        Protocol::Http1 => Heads::Timed,
        Protocol::Http2 => Heads::Untimed,
    };
    let io = TokioIo::new(PatientStream::new(stream, settings.timeouts, heads, activity.clone()));
    let connection = Arc::new(connection);
    let service = service_fn(move |request| {
        let running = activity.clone().begin();
        let response = door.clone().respond(request, connection.clone());
        async move {
            let _running = running;
            Ok::<_, Infallible>(response.await)
        }
    });
    match protocol {
        Protocol::Http1 => {
            let served = http1(&settings).serve_connection(io, service);
            drive(served, http1::Connection::graceful_shutdown, stopped).await?;
        }
        Protocol::Http2 => {
            let served = http2(&settings).serve_connection(io, service);
            drive(served, http2::Connection::graceful_shutdown, stopped).await?;
        }
    }
    Ok(())
}

/// Runs a connection, and asks it to end after the present request once the server stops.
async fn drive<C: Future>(
    served: C,
    finish: impl Fn(Pin<&mut C>),
    mut stopped: watch::Receiver<()>,
) -> C::Output {
    let mut served = pin!(served);
    tokio::select! {
        biased;
        output = &mut served => return output,
        // Nothing is ever sent: the channel closes when the server stops.
        _ = stopped.changed() => finish(served.as_mut()),
    }
    served.await
}

/// Timeouts are left to [`PatientStream`]; the number of headers stays at hyper's 100, for which it needs no heap.
/// `pipeline_flush` stays off: hyper then keeps the answer to a malformed request while bytes are left unread, and
/// closes the connection without having sent it.
fn http1(settings: &ConnectionSettings) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_header_size(settings.head_bytes).header_read_timeout(None);
    builder
}

/// Bounds against streams that are opened and reset by the thousand, endless headers, and peers that vanish.
fn http2(settings: &ConnectionSettings) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.max_streams)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .max_header_list_size(u32::try_from(settings.head_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(1 << 20)
        .max_send_buf_size(256 << 10)
        .keep_alive_interval(settings.timeouts.idle.min(Duration::from_secs(60)))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
