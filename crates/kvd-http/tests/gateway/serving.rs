//! A listener on a socket: how many connections it takes, HTTP/2, and how it stops.

use crate::stub::gateway;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kvd_edge::{Connection, memory, serve};
use kvd_http::ListenerSettings;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

async fn start(settings: ListenerSettings) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let gateway = gateway(&settings);
    let served = serve(listener, settings, None, gateway, async {
        let _ = stopped.await;
    });
    (address, stop, tokio::spawn(served))
}

async fn ask(stream: &mut TcpStream, path: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_connection_too_many_waits_until_another_one_ends() {
    let settings = ListenerSettings { max_connections: 1, ..ListenerSettings::default() };
    let (address, _stop, _served) = start(settings).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut first, "/v1/test/empty").await.starts_with("HTTP/1.1 204"));
    let mut second = TcpStream::connect(address).await.unwrap();
    let answered = {
        let waiting = ask(&mut second, "/v1/test/empty");
        tokio::pin!(waiting);
        // The first connection is served as often as it likes, the second one is not even looked at.
        for _ in 0..10 {
            tokio::select! {
                biased;
                _ = &mut waiting => unreachable!("there was no room"),
                answer = ask(&mut first, "/v1/test/empty") => assert!(answer.starts_with("HTTP/1.1 204")),
            }
        }
        drop(first);
        waiting.await
    };
    assert!(answered.starts_with("HTTP/1.1 204"));
}

#[tokio::test]
async fn a_server_that_stops_lets_requests_end_but_not_forever() {
    let mut settings = ListenerSettings::default();
    settings.timeouts.drain = Duration::from_millis(50);
    let (address, stop, served) = start(settings).await;
    let mut stuck = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut stuck, "/v1/test/empty").await.starts_with("HTTP/1.1 204"));
    stuck.write_all(b"GET /v1/test/never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut idle = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut idle, "/v1/test/empty").await.starts_with("HTTP/1.1 204"));
    stop.send(()).unwrap();
    served.await.unwrap();
    let mut rest = [0; 16];
    assert_eq!(idle.read(&mut rest).await.unwrap_or(0), 0);
    assert_eq!(stuck.read(&mut rest).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn http_2_asks_the_same_service() {
    let settings = ListenerSettings::default();
    let client = memory::connect_http2(gateway(&settings), settings, Connection::default());
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(client)).await.unwrap();
    tokio::spawn(connection);
    for (method, path, want) in [
        ("GET", "/v1/test/bare", (200, r#"{"name":"a\u003cb"}"#)),
        ("LIST", "/v1/test/fault-absent", (404, r#"{"errors":[]}"#)),
        ("FOO", "/v1/test/bare", (405, r#"{"errors":[]}"#)),
        ("GET", "/v1/test/panic", (500, r#"{"errors":["internal error"]}"#)),
        ("GET", "/v1/test/empty", (204, "")),
    ] {
        let uri = format!("https://x{path}");
        let request = Request::builder().method(method).uri(uri).body(Empty::<bytes::Bytes>::new()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!((status, String::from_utf8_lossy(&body).trim_end()), want, "{method} {path}");
    }
}
