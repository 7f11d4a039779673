//! Sizes, unread bodies, panics, deadlines.

use crate::stub::{exchange, gateway, status_and_body};
use kvd_http::{Connection, ListenerSettings, memory};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn ask(settings: &ListenerSettings, request: &str) -> (u16, String) {
    let answer = exchange(&gateway(settings), settings, request.as_bytes()).await;
    let (status, body) = status_and_body(&answer);
    (status, body.to_owned())
}

#[tokio::test]
async fn row_5_4_heads_are_bounded() {
    let settings = ListenerSettings::default();
    let long = "a".repeat(70 << 10);
    let (status, _) =
        ask(&settings, &format!("GET /v1/a HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n")).await;
    assert_eq!(status, 431);
    let many: String = (0..150).map(|n| format!("X-H{n}: 1\r\n")).collect();
    let (status, _) = ask(&settings, &format!("GET /v1/a HTTP/1.1\r\nHost: x\r\n{many}\r\n")).await;
    assert_eq!(status, 431);
}

#[tokio::test]
async fn row_5_1_long_paths_are_refused() {
    let settings = ListenerSettings::default();
    let ask_path = async |length: usize| {
        let path = "a/".repeat(length / 2);
        ask(&settings, &format!("GET /v1/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await.0
    };
    assert_eq!(ask_path(8 << 10).await, 414);
    assert_eq!(ask_path(70 << 10).await, 431);
    assert_eq!(ask_path(130).await, 400);
}

#[tokio::test]
async fn row_5_2_a_body_over_the_limit_is_refused_however_it_is_framed() {
    let mut settings = ListenerSettings::default();
    settings.limits.body = 20;
    let too_large = (413, r#"{"errors":["http: request body too large"]}"#.to_owned());
    for verb in ["POST", "PUT", "PATCH", "GET", "DELETE", "LIST"] {
        let head = format!("{verb} /v1/a HTTP/1.1\r\nHost: x\r\nX-Vault-Token: t\r\nConnection: close\r\n");
        let body = "x".repeat(21);
        assert_eq!(
            ask(&settings, &format!("{head}Content-Length: 21\r\n\r\n{body}")).await,
            too_large,
            "{verb}"
        );
    }
    let head = "POST /v1/a HTTP/1.1\r\nHost: x\r\nX-Vault-Token: t\r\nConnection: close\r\n";
    let chunks = "Transfer-Encoding: chunked\r\n\r\n15\r\nxxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n";
    assert_eq!(ask(&settings, &format!("{head}{chunks}")).await, too_large);
    let fits = r#"{"a":"aaaaaaaaaaaa"}"#;
    assert_eq!(ask(&settings, &format!("{head}Content-Length: 20\r\n\r\n{fits}")).await.0, 200);
    let huge = "Content-Length: 99999999999999999999\r\n\r\n";
    assert_eq!(ask(&settings, &format!("{head}{huge}")).await.0, 400);
}

#[tokio::test]
async fn v_109_row_5_2_whoever_shows_no_token_gets_a_smaller_limit() {
    let mut settings = ListenerSettings::default();
    settings.limits.body_without_token = 20;
    let body = format!("{{\"a\":\"{}\"}}", "a".repeat(20));
    let rest = format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert_eq!(ask(&settings, &format!("POST /v1/a HTTP/1.1\r\nHost: x\r\n{rest}")).await.0, 413);
    let with_token = format!("POST /v1/a HTTP/1.1\r\nHost: x\r\nX-Vault-Token: t\r\n{rest}");
    assert_eq!(ask(&settings, &with_token).await.0, 200);
}

#[tokio::test]
async fn a_refused_body_is_taken_away_so_that_the_connection_lives_on() {
    let settings = ListenerSettings::default();
    let mut client = memory::connect(gateway(&settings), settings, Connection::default());
    for (request, want) in [
        ("FOO /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345", "HTTP/1.1 405"),
        ("GET /v1/test/empty HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345", "HTTP/1.1 204"),
        ("GET /v1/test/empty HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 204"),
    ] {
        let (head, body) = request.split_at(request.find("\r\n\r\n").unwrap() + 4);
        // As many clients do: the head first, the body in a packet of its own.
        client.write_all(head.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
        client.write_all(body.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = client.read(&mut answer).await.unwrap();
        assert!(answer[..length].starts_with(want.as_bytes()), "{request}");
    }
}

#[tokio::test]
async fn v_117_a_panic_ends_one_request_and_not_its_connection() {
    let settings = ListenerSettings::default();
    let mut client = memory::connect(gateway(&settings), settings, Connection::default());
    for (path, want) in [("panic", "HTTP/1.1 500"), ("empty", "HTTP/1.1 204"), ("panic", "HTTP/1.1 500")] {
        let request = format!("GET /v1/test/{path} HTTP/1.1\r\nHost: x\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = client.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with(want), "{path}: {answer}");
        assert!(!answer.contains("defect"), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered() {
    let mut settings = ListenerSettings::default();
    settings.timeouts.request = Duration::from_secs(90);
    let begun = tokio::time::Instant::now();
    let request = "GET /v1/test/never HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let (status, body) = ask(&settings, request).await;
    assert_eq!((status, &*body), (504, r#"{"errors":["request took too long"]}"#));
    assert_eq!(begun.elapsed().as_secs(), 90);
}

#[tokio::test]
async fn v_111_a_call_over_its_limit_is_refused_without_its_body_being_read() {
    let settings = ListenerSettings::default();
    let refuse = |path: &str, _: Option<std::net::IpAddr>| {
        (path == "a/b").then(|| kvd_types::Fault::new(kvd_types::FaultKind::RateLimited, "too many"))
    };
    let gateway = gateway(&settings).with_hurdle(std::sync::Arc::new(refuse));
    // No byte of the body ever comes, so whoever waited for it would time out.
    let head = "Host: x\r\nX-Vault-Token: t\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n";
    let answer = exchange(&gateway, &settings, format!("POST /v1/a/b HTTP/1.1\r\n{head}").as_bytes()).await;
    assert_eq!(status_and_body(&answer).0, 429);
}
