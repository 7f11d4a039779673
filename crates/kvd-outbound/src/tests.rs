//! The bounds of a call, against servers that do not keep to them.

use super::*;
use kvd_types::Secret;
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Enough for a server on this machine, however busy it is.
const PATIENT: Bounds = Bounds { time: Duration::from_secs(60), bytes: 4096 };

/// Answers every connection with what `answer` says to its head, and gives the address.
async fn server(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            let answer = answer(&head(&mut stream).await);
            _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    while !read.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(n) if n > 0 => read.extend_from_slice(&piece[..n]),
            Ok(_) | Err(_) => break,
        }
    }
    String::from_utf8(read).unwrap()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

async fn get(url: &str, bounds: Bounds) -> Result<OutboundAnswer, OutboundError> {
    HttpOutbound::new(bounds).send(OutboundCall::get(url, Trust::System)).await
}

#[tokio::test]
async fn an_answer_comes_back_with_its_status() {
    let url = server(|head| ok(head.lines().next().unwrap_or_default())).await;
    let answer = get(&format!("{url}/keys"), PATIENT).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"GET /keys HTTP/1.1".as_slice()));
}

#[tokio::test]
async fn a_bearer_and_a_body_are_sent() {
    let url = server(|head| ok(&head.to_lowercase())).await;
    let call = OutboundCall {
        body: Some(Secret::new("{}".to_owned())),
        bearer: Some(Secret::new("abc".to_owned())),
        ..OutboundCall::get(url, Trust::System)
    };
    let seen = HttpOutbound::new(PATIENT).send(call).await.unwrap().body;
    let seen = String::from_utf8(seen).unwrap();
    assert!(seen.starts_with("post / ") && seen.contains("authorization: bearer abc"), "{seen}");
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    for url in ["", "keys", "ftp://a/", "file:///etc/passwd", "http://user:pw@127.0.0.1/", "unix:/run/x"] {
        assert_eq!(get(url, PATIENT).await.unwrap_err(), OutboundError::Address, "{url}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let impatient = Bounds { time: Duration::from_millis(50), ..PATIENT };
    assert_eq!(get(&url, impatient).await.unwrap_err(), OutboundError::TimedOut);
}

#[tokio::test]
async fn nobody_there_is_said() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    assert_eq!(get(&url, PATIENT).await.unwrap_err(), OutboundError::Unreachable);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    for announced in [true, false] {
        let url = server(move |_| {
            let length = if announced { "content-length: 5000\r\n" } else { "" };
            format!("HTTP/1.1 200 OK\r\n{length}connection: close\r\n\r\n{}", "x".repeat(5000))
        })
        .await;
        assert_eq!(get(&url, PATIENT).await.unwrap_err(), OutboundError::TooLong, "{announced}");
    }
}

#[tokio::test]
async fn v065_a_redirect_leads_nobody_to_another_server() {
    let inside = server(|_| ok("secret of another server")).await;
    let elsewhere = inside.clone();
    let url = server(move |head| match head.starts_with("GET /near ") {
        true => redirect("/here"),
        false if head.starts_with("GET /here ") => ok("same server"),
        false if head.starts_with("GET /loop ") => redirect("/loop"),
        false => redirect(&elsewhere),
    })
    .await;
    for (path, status, body) in [("near", 200, "same server"), ("far", 302, ""), ("loop", 302, "")] {
        let answer = get(&format!("{url}/{path}"), PATIENT).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (status, body.as_bytes()), "{path}");
    }
}

/// A server with a certificate of an authority of its own; gives its address and the authority.
async fn secure_server() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&key).unwrap().pem();
    let server_key = rcgen::KeyPair::generate().unwrap();
    let server = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&server_key, &rcgen::Issuer::new(authority, key)).unwrap();
    _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(
        vec![server.der().clone()],
        rustls_pki_types::PrivatePkcs8KeyDer::from(server_key.serialize_der()).into(),
    );
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config.unwrap()));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            _ = stream.read(&mut [0; 1024]).await;
            _ = stream.write_all(ok("{}").as_bytes()).await;
            _ = stream.shutdown().await;
        }
    });
    (format!("https://localhost:{port}/"), pem)
}

#[tokio::test]
async fn only_the_authorities_of_the_call_are_believed() {
    let (url, authority) = secure_server().await;
    let (_, stranger) = secure_server().await;
    let outbound = HttpOutbound::new(PATIENT);
    for (trust, want) in [
        (Trust::of_pem(&authority), Ok(200)),
        (Trust::of_pem(&stranger), Err(OutboundError::Unreachable)),
        (Trust::System, Err(OutboundError::Unreachable)),
        (Trust::of_pem("no certificate"), Err(OutboundError::Authorities)),
        (Trust::of_pem(&authority), Ok(200)),
    ] {
        let answer = outbound.send(OutboundCall::get(&url, trust)).await;
        assert_eq!(answer.map(|a| a.status), want);
    }
}
