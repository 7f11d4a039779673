//! What nobody should send: a clear code each time, never that of a server that failed.

use crate::vault::{Server, door, get, put, refused, with};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use kvd_grpc::{GrpcServer, GrpcSettings};
use kvd_proto::v1::{
    GetRequest, LoginRequest, PutMetadataRequest, auth_client::AuthClient, kv_client::KvClient,
};
use kvd_testkit::{SeededEntropy, TestVault};
use kvd_types::{Call, Fault, Reply};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tonic::Code;
use tower::{Service as _, service_fn};

/// Sends bytes as they stand; the code of what comes back.
async fn code(server: &Server, path: &str, body: &[u8]) -> i32 {
    let request = Request::post(path).header("content-type", "application/grpc");
    let request = request.header("x-vault-token", "root").body(Full::new(Bytes::copy_from_slice(body)));
    let response: Response<_> = server.clone().call(request.unwrap()).await.unwrap();
    let of = |headers: &HeaderMap| headers.get("grpc-status").map(|v| v.to_str().unwrap().parse().unwrap());
    let headers = of(response.headers());
    let trailers = response.into_body().collect().await.ok().and_then(|body| body.trailers().and_then(of));
    headers.or(trailers).unwrap_or(-1)
}

/// A message with its frame.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    frame.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

#[tokio::test]
async fn row_5_9_frames_and_messages_that_are_none() {
    let vault = TestVault::start().await;
    let server = door(&vault);
    for (name, path, body, want) in [
        ("no body", "/kvd.v1.KV/Get", vec![], vec![3]),
        ("half a frame", "/kvd.v1.KV/Get", vec![0, 0, 0], vec![3]),
        ("a frame that promises more", "/kvd.v1.KV/Get", vec![0, 0, 0, 0, 9, 1], vec![3]),
        ("an unknown compression", "/kvd.v1.KV/Get", [&[1], &framed(b"x")[1..]].concat(), vec![3, 12]),
        ("a text that is no UTF-8", "/kvd.v1.KV/Get", framed(&[0x0a, 2, 0xff, 0xfe]), vec![3]),
        (
            "a length that is too long",
            "/kvd.v1.KV/Get",
            framed(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
            vec![3],
        ),
        ("an unknown field", "/kvd.v1.KV/Get", framed(&[0xfa, 0x7f, 1, 0]), vec![3]),
        ("a message over the limit", "/kvd.v1.KV/Put", framed(&vec![0; (4 << 20) + 1]), vec![8]),
        ("a frame that promises 4 GiB", "/kvd.v1.KV/Put", vec![0, 0xff, 0xff, 0xff, 0xff], vec![8]),
        ("an unknown method", "/kvd.v1.KV/Nothing", framed(b""), vec![12]),
        ("an unknown service", "/kvd.v1.Nothing/Get", framed(b""), vec![12]),
        ("no service at all", "/", framed(b""), vec![12]),
    ] {
        let got = code(&server, path, &body).await;
        assert!(want.contains(&got), "{name}: {got}");
    }
}

#[tokio::test]
async fn row_5_9_paths_and_values_that_cannot_be() {
    let vault = TestVault::start().await;
    let mut kv = KvClient::new(door(&vault));
    for (mount, path, want) in [
        ("", "a", "the mount is missing"),
        ("/", "a", "the mount is missing"),
        ("secret", "a/../b", "relative paths not supported"),
        ("secret/../sys", "a", "relative paths not supported"),
        ("secret", "a//b", "path contains an empty segment"),
        ("/secret", "a", "path contains an empty segment"),
        ("secret", "a\0", "path contains non-printable characters"),
        ("secret", "a\u{202e}b", "path contains non-printable characters"),
        ("secret", &*"a".repeat(5000), "path is longer than 4096 bytes"),
        ("secret", &*"a/".repeat(65), "path has more than 64 segments or a segment longer than 2048 bytes"),
    ] {
        let message = GetRequest { mount: mount.into(), path: path.into(), version: None };
        let got = refused(kv.get(with("root", message)).await);
        assert_eq!(got, (Code::InvalidArgument, want.to_owned()), "{mount} {path:.20}");
    }
    for data in ["", "null x", "[1]", "{\"a\":", "{\"a\":1} {}"] {
        let message = kvd_proto::v1::PutRequest { data: data.into(), ..put("a", &json!({}), None) };
        assert_eq!(refused(kv.put(with("root", message)).await).0, Code::InvalidArgument, "{data}");
    }
    let deep = "{\"a\":".repeat(1000) + "1" + &"}".repeat(1000);
    let message = kvd_proto::v1::PutRequest { data: deep.into(), ..put("a", &json!({}), None) };
    assert_eq!(refused(kv.put(with("root", message)).await).0, Code::InvalidArgument);
    for (version, want) in [(u64::MAX, Code::InvalidArgument), (99, Code::NotFound)] {
        let message = GetRequest { version: Some(version), ..get("none") };
        assert_eq!(refused(kv.get(with("root", message)).await).0, want, "{version}");
    }
    let message = PutMetadataRequest {
        mount: "secret".into(),
        path: "a".into(),
        delete_version_after: Some(prost_types::Duration { seconds: -5, nanos: 0 }),
        ..PutMetadataRequest::default()
    };
    let got = refused(kv.put_metadata(with("root", message)).await);
    assert_eq!(got, (Code::InvalidArgument, "a duration must not be negative".to_owned()));
}

#[tokio::test]
async fn row_5_9_metadata_that_says_nothing_good() {
    let vault = TestVault::start().await;
    let mut kv = KvClient::new(door(&vault));
    let long = "a".repeat(9 << 10);
    for (name, values, want) in [
        ("x-vault-token", vec![long.as_str()], Code::PermissionDenied),
        ("x-vault-token", vec!["root", "other"], Code::InvalidArgument),
        ("authorization", vec!["Basic cm9vdA=="], Code::PermissionDenied),
        ("authorization", vec!["Bearer"], Code::PermissionDenied),
        ("x-vault-namespace", vec!["nosuch"], Code::NotFound),
        ("x-vault-namespace", vec!["a/../b"], Code::InvalidArgument),
        ("x-vault-wrap-ttl", vec!["soon"], Code::InvalidArgument),
        ("x-vault-wrap-ttl", vec!["-5"], Code::InvalidArgument),
        ("x-vault-mfa", vec!["m:"], Code::InvalidArgument),
    ] {
        let mut request = tonic::Request::new(get("a"));
        for value in &values {
            request.metadata_mut().append(name, value.parse().unwrap());
        }
        assert_eq!(refused(kv.get(request).await).0, want, "{name}: {:.20?}", values);
    }
}

#[tokio::test]
async fn a_login_without_a_mount_or_a_proof_is_refused() {
    let vault = TestVault::start().await;
    let mut auth = AuthClient::new(door(&vault));
    let nothing = LoginRequest { mount: "approle".into(), credentials: None };
    assert_eq!(refused(auth.login(nothing).await).1, "the credentials are missing");
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_than_the_client_waits_is_given_up() {
    let never = service_fn(|_: Call| std::future::pending::<Result<Reply, Fault>>());
    let server = GrpcServer::new(never, GrpcSettings::default(), Arc::new(SeededEntropy::new(1)));
    let mut kv = KvClient::new(server);
    for (patience, name) in [(Some(Duration::from_secs(1)), "the client's"), (None, "the server's")] {
        let mut request = tonic::Request::new(get("a"));
        if let Some(patience) = patience {
            request.set_timeout(patience);
        }
        let begun = tokio::time::Instant::now();
        assert_eq!(refused(kv.get(request).await).0, Code::DeadlineExceeded, "{name}");
        let (waited, patience) = (begun.elapsed(), patience.unwrap_or(GrpcSettings::default().request));
        // Timers are good to a millisecond.
        assert!(waited.abs_diff(patience) <= Duration::from_millis(2), "{name}: {waited:?}");
    }
}

#[tokio::test]
async fn a_defect_ends_one_request_and_not_the_server() {
    async fn defect(_: Call) -> Result<Reply, Fault> {
        panic!("a defect")
    }
    let server =
        GrpcServer::new(service_fn(defect), GrpcSettings::default(), Arc::new(SeededEntropy::new(1)));
    let mut kv = KvClient::new(server);
    for _ in 0..2 {
        assert_eq!(refused(kv.get(get("a")).await), (Code::Internal, "internal error".to_owned()));
    }
}
