//! What the gateway costs: the CPU time of one request through it, beside a bare hyper server that sends the same
//! bytes. Run with `cargo run --release -p kvd-http --example bare`.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use kvd_edge::serve;
use kvd_http::{Gateway, ListenerSettings};
use kvd_json::Writer;
use kvd_types::{Call, Fault, Reply, SystemEntropy};
use std::{
    convert::Infallible,
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread,
};
use tokio::{net::TcpListener, sync::oneshot};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CLIENTS: usize = 8;
const REQUESTS_PER_CLIENT: usize = 20_000;
const ROUNDS: usize = 5;
const REQUEST: &[u8] = b"GET /v1/secret/data/app/database HTTP/1.1\r\nHost: 127.0.0.1:8200\r\n\
    X-Vault-Request: true\r\nX-Vault-Token: hvs.CAESIJlWh4CW0yN5Vn7K2g1Zb6bq3kYdQ9Kx\r\nUser-Agent: bare\r\n\
    Accept-Encoding: gzip\r\n\r\n";

fn main() -> Outcome<()> {
    let secret = "x".repeat(1000);
    let sample = {
        let (address, stop, server) = start(Kind::Gateway(secret.clone()))?;
        let body = ask_once(address)?;
        let _ = stop.send(());
        join(server)?;
        Bytes::from(body)
    };
    let mut out = std::io::stdout();
    let mut best = [f64::MAX; 2];
    for round in 1..=ROUNDS {
        for (place, kind) in
            [Kind::Bare(sample.clone()), Kind::Gateway(secret.clone())].into_iter().enumerate()
        {
            best[place] = best[place].min(measure(kind)?);
        }
        let [bare, gateway] = best;
        writeln!(
            out,
            "round {round}: bare {bare:.2} µs, gateway {gateway:.2} µs, {:.2} times",
            gateway / bare
        )?;
    }
    Ok(())
}

enum Kind {
    Bare(Bytes),
    Gateway(String),
}

type Server = thread::JoinHandle<Outcome<u64>>;

/// Starts a server on a thread of its own, whose CPU time in nanoseconds it returns in the end.
fn start(kind: Kind) -> Outcome<(SocketAddr, oneshot::Sender<()>, Server)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let server = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            match kind {
                Kind::Bare(body) => bare(listener, body, stopped).await,
                Kind::Gateway(secret) => gateway(listener, secret, stopped).await,
            }
            cpu_nanos()
        })
    });
    Ok((address, stop, server))
}

async fn bare(listener: TcpListener, body: Bytes, mut stopped: oneshot::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { return };
        let _ = stream.set_nodelay(true);
        let body = body.clone();
        tokio::spawn(async move {
            let service = service_fn(|_: Request<Incoming>| {
                let body = body.clone();
                async move {
                    let response = Response::builder()
                        .header("content-type", "application/json")
                        .header("cache-control", "no-store")
                        .header("strict-transport-security", "max-age=31536000; includeSubDomains");
                    Ok::<_, Infallible>(response.body(Full::new(body)).unwrap_or_default())
                }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn gateway(listener: TcpListener, secret: String, stopped: oneshot::Receiver<()>) {
    let mut w = Writer::new();
    w.begin_object();
    w.key("value");
    w.string(&secret);
    w.end_object();
    let data = w.finish();
    let service = tower::service_fn(move |_: Call| {
        let data = data.clone();
        async move { Ok::<_, Fault>(Reply::data(data)) }
    });
    let settings = ListenerSettings::default();
    let gateway = Gateway::new(service, &settings, Arc::new(SystemEntropy));
    let stop = async {
        let _ = stopped.await;
    };
    serve(listener, settings, None, gateway, stop).await;
}

fn measure(kind: Kind) -> Outcome<f64> {
    let (address, stop, server) = start(kind)?;
    let clients: Vec<_> = (0..CLIENTS).map(|_| thread::spawn(move || ask_often(address))).collect();
    for client in clients {
        client.join().map_err(|_| "a client failed")??;
    }
    let _ = stop.send(());
    let nanos = u32::try_from(join(server)? / u64::try_from(CLIENTS * REQUESTS_PER_CLIENT)?)?;
    Ok(f64::from(nanos) / 1000.0)
}

fn join(server: Server) -> Outcome<u64> {
    server.join().map_err(|_| "the server failed")?
}

fn ask_often(address: SocketAddr) -> Outcome<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answer = [0; 8192];
    for _ in 0..REQUESTS_PER_CLIENT {
        stream.write_all(REQUEST)?;
        let mut length = 0;
        while length < 1000 {
            length += stream.read(&mut answer[length..])?;
        }
    }
    Ok(())
}

fn ask_once(address: SocketAddr) -> Outcome<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(REQUEST)?;
    let mut answer = vec![0; 8192];
    let length = stream.read(&mut answer)?;
    let head = answer[..length].windows(4).position(|w| w == b"\r\n\r\n").ok_or("no answer")?;
    Ok(answer[head + 4..length].to_vec())
}

/// The time that this thread has run, as Linux counts it.
fn cpu_nanos() -> Outcome<u64> {
    let counters = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(counters.split(' ').next().ok_or("no counters")?.parse()?)
}
