//! Joins a listener, TLS and a gateway, and drains connections when it is told to stop.

use crate::{
    Connection, Gateway, ListenerSettings, TlsReloader,
    edge::patience::{Activity, Heads, PatientStream},
};
use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kvd_types::{Call, Fault, Reply};
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
use tower::Service;

/// How long accepting pauses when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Which version of HTTP both ends have agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Serves a listener until `shutdown` resolves, then lets running requests end within `timeouts.drain` and cuts
/// off what is left.
pub async fn serve<S>(
    listener: TcpListener,
    settings: ListenerSettings,
    tls: Option<Arc<TlsReloader>>,
    gateway: Gateway<S>,
    shutdown: impl Future<Output = ()>,
) where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
{
    let settings = Arc::new(settings);
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
                let (tls, gateway, settings) = (tls.clone(), gateway.clone(), settings.clone());
                let stopped = stopped.clone();
                connections.spawn(async move {
                    let connection = Connection { address: Some(address), certificates: None };
                    let served = match tls {
                        None => {
                            serve_on(stream, Protocol::Http1, connection, settings, gateway, stopped).await
                        }
                        Some(tls) => secure(stream, tls, connection, settings, gateway, stopped).await,
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

async fn secure<S>(
    stream: TcpStream,
    tls: Arc<TlsReloader>,
    connection: Connection,
    settings: Arc<ListenerSettings>,
    gateway: Gateway<S>,
    stopped: watch::Receiver<()>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
{
    let handshake = tls.acceptor().accept(stream);
    let stream = tokio::time::timeout(settings.timeouts.head, handshake).await??;
    let (_, session) = stream.get_ref();
    let protocol = match session.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        Some(_) | None => Protocol::Http1,
    };
    let certificates = session.peer_certificates().filter(|chain| !chain.is_empty());
    let certificates = certificates.map(|chain| chain.iter().map(|der| der.to_vec()).collect());
    serve_on(stream, protocol, Connection { certificates, ..connection }, settings, gateway, stopped).await
}

/// Serves one connection in HTTP/1.1 until it ends, whatever carries it.
///
/// # Errors
/// When the connection broke, the peer was too slow, or what it sent was not HTTP.
pub async fn serve_connection<T, S>(
    stream: T,
    connection: Connection,
    settings: Arc<ListenerSettings>,
    gateway: Gateway<S>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
{
    let (_stop, stopped) = watch::channel(());
    serve_on(stream, Protocol::Http1, connection, settings, gateway, stopped).await
}

pub(crate) async fn serve_on<T, S>(
    stream: T,
    protocol: Protocol,
    connection: Connection,
    settings: Arc<ListenerSettings>,
    gateway: Gateway<S>,
    stopped: watch::Receiver<()>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
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
        let response = gateway.respond(request, connection.clone());
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
fn http1(settings: &ListenerSettings) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_header_size(settings.limits.head).header_read_timeout(None);
    builder
}

/// Bounds against streams that are opened and reset by the thousand, endless headers, and peers that vanish.
fn http2(settings: &ListenerSettings) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .max_header_list_size(u32::try_from(settings.limits.head).unwrap_or(u32::MAX))
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(1 << 20)
        .max_send_buf_size(256 << 10)
        .keep_alive_interval(settings.timeouts.idle.min(Duration::from_secs(60)))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
