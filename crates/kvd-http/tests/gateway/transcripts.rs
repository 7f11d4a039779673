//! Whole exchanges, byte for byte, kept in text files.
//!
//! A file holds exchanges of the form `=== name`, the request, `---`, the answer. Line breaks of heads stand for
//! CR LF, `{length}` for the length of the body, and the date of an answer is cut out. After a wanted change,
//! `UPDATE_EXPECT=1 cargo test -p kvd-http` writes the answers anew; read the difference before it is committed.

use crate::stub::{exchange, gateway};
use kvd_http::{AllowedOrigins, CorsPolicy, ForwardedFor, ListenerSettings, SharedCorsPolicy, StatusClass};
use std::{fmt::Write, path::Path, sync::Arc};

async fn play(file: &str, settings: ListenerSettings, cors: CorsPolicy) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let router = axum::Router::new().route("/ui/", axum::routing::get(|| async { "pages" }));
    let gateway =
        gateway(&settings).with_cors(SharedCorsPolicy::new(Arc::new(cors).into())).with_router(router);
    let (about, exchanges) = text.split_once("=== ").unwrap();
    let mut played = about.to_owned();
    for part in exchanges.split("\n=== ") {
        let (name, rest) = part.split_once('\n').unwrap();
        let request = rest.split("\n---").next().unwrap();
        let answer = exchange(&gateway, &settings, wire(request).as_bytes()).await;
        write!(played, "=== {name}\n{request}\n---\n{}\n", shown(&answer)).unwrap();
    }
    let played = format!("{}\n", played.trim_end());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, played).unwrap();
        return;
    }
    for (got, want) in played.split("\n=== ").zip(text.split("\n=== ")) {
        assert_eq!(got.trim_end(), want.trim_end(), "in {file}; UPDATE_EXPECT=1 writes it anew");
    }
    assert_eq!(played, text, "in {file}");
}

fn wire(request: &str) -> String {
    let (head, body) = request.split_once("\n\n").unwrap_or((request.trim_end(), ""));
    let head = head.replace("{length}", &body.len().to_string()).replace('\n', "\r\n");
    format!("{head}\r\n\r\n{body}")
}

fn shown(answer: &str) -> String {
    let lines = answer.split_inclusive('\n').filter(|line| !line.starts_with("date: "));
    lines.map(|line| line.replace("\r\n", "\n")).collect()
}

#[tokio::test]
async fn replies_become_envelopes() {
    play("replies.txt", ListenerSettings::default(), CorsPolicy::default()).await;
}

#[tokio::test]
async fn faults_become_errors() {
    play("faults.txt", ListenerSettings::default(), CorsPolicy::default()).await;
}

#[tokio::test]
async fn requests_become_calls() {
    play("requests.txt", ListenerSettings::default(), CorsPolicy::default()).await;
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    play("protocol.txt", ListenerSettings::default(), CorsPolicy::default()).await;
}

#[tokio::test]
async fn pages_of_other_origins_are_kept_out_unless_the_policy_lets_them_in() {
    let cors = CorsPolicy {
        enabled: true,
        allowed_origins: AllowedOrigins::Listed(vec!["https://a.example".to_owned()]),
        allowed_headers: vec!["X-Vault-Token".to_owned()],
        allow_credentials: false,
    };
    play("cors.txt", ListenerSettings::default(), cors).await;
}

#[tokio::test]
async fn a_listener_behind_a_proxy_with_headers_of_its_own() {
    let forwarded_for = ForwardedFor {
        authorized: vec!["127.0.0.0/8".parse().unwrap()],
        hop_skips: 0,
        reject_not_present: true,
        reject_not_authorized: true,
    };
    let mut settings = ListenerSettings { forwarded_for: Some(forwarded_for), ..ListenerSettings::default() };
    settings.response_headers.add(StatusClass::Hundred(4), "X-Bad", &["four"]).unwrap();
    play("listener.txt", settings, CorsPolicy::default()).await;
}
