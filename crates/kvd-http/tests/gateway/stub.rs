//! What every test of the gateway needs: a service that tells what it was asked, and a connection to it.

use kvd_edge::{Connection, memory};
use kvd_http::{Gateway, ListenerSettings};
use kvd_types::{
    AuthInfo, Body, Call, ClientAuth, Entropy, EntropyError, Fault, FaultKind, Reply, Secret, Status,
    Timestamp, TokenKind, WrapInfo,
};
use std::{convert::identity, sync::Arc, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::{service_fn, util::BoxCloneService};

/// Randomness that is always the same, so that request ids are.
pub(crate) struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(7);
        Ok(())
    }
}

pub(crate) type Stub = BoxCloneService<Call, Reply, Fault>;

/// Answers with the call it got, as JSON; what is below `test/` answers in a way of its own.
pub(crate) fn stub() -> Stub {
    BoxCloneService::new(service_fn(answer))
}

async fn answer(call: Call) -> Result<Reply, Fault> {
    let Some(kind) = call.path.as_str().strip_prefix("test/") else {
        return Ok(echo(&call));
    };
    let named = |w: &mut kvd_json::Writer| {
        w.key("name");
        w.string("a<b");
    };
    match kind.trim_end_matches('/') {
        "empty" => Ok(Reply::empty()),
        "data" => Ok(Reply::object(named)),
        "no-members" => Ok(Reply::object(|_| {})),
        "warning" => Ok(Reply::empty().warn("take care").warn("twice")),
        "doubled" => Ok(Reply::doubled(|w| {
            w.key("auth");
            w.string("mine");
            named(w);
        })),
        "bare" => Ok(Reply::bare(named)),
        "document" => Ok(Reply {
            body: Body::Document { content_type: "text/plain", bytes: Secret::new(b"metrics 1\n".to_vec()) },
            ..Reply::default()
        }),
        "lease" => {
            let mut reply = Reply::object(named);
            reply.lease.id = "test/lease/1".to_owned();
            reply.lease.duration_seconds = 3600;
            reply.lease.renewable = true;
            Ok(reply)
        }
        "auth" => Ok(Reply::auth(auth())),
        "wrap" => {
            Ok(Reply { wrap: Some(Box::new(wrap())), ..Reply::object(named).with_status(Status::Absent) })
        }
        "absent" => Ok(Reply::object(named).with_status(Status::Absent)),
        "absent-empty" => Ok(Reply::empty().with_status(Status::Absent)),
        "accepted" => Ok(Reply::empty().warn("goes on").with_status(Status::Accepted)),
        "health" => Ok(Reply::bare(named).with_status(Status::Custom(472))),
        "health-99" => Ok(Reply::bare(named).with_status(Status::Custom(99))),
        "header" => Ok(Reply { headers: vec![("location", "/elsewhere".to_owned())], ..Reply::empty() }),
        "fault-absent" => Err(Fault::absent()),
        "fault-retry" => {
            Err(Fault { retry_after_seconds: Some(5), ..Fault::new(FaultKind::RateLimited, "slow \"down\"") })
        }
        "fault-not-permitted" => Err(Fault::not_permitted()),
        "fault-internal" => Err(Fault::internal("the disk is gone")),
        "panic" => panic!("a defect"),
        "never" => std::future::pending().await,
        _ => Err(Fault::absent()),
    }
}

fn echo(call: &Call) -> Reply {
    Reply::object(|w| {
        w.key("certificate");
        w.bool(call.peer.certificates.is_some());
        w.key("data");
        w.raw(call.data.value());
        w.key("operation");
        w.display(call.operation);
        w.key("path");
        w.string(call.path.as_str());
        w.key("peer");
        w.string(&call.peer.address.map(|a| a.to_string()).unwrap_or_default());
        w.key("token");
        match &call.auth {
            ClientAuth::Missing => w.null(),
            ClientAuth::Token(token) => w.string(token.expose()),
        }
        w.key("wrap_ttl");
        match call.wrap_ttl {
            None => w.null(),
            Some(ttl) => w.int(i64::try_from(ttl.as_secs()).unwrap()),
        }
    })
}

fn auth() -> AuthInfo {
    AuthInfo {
        client_token: Some(Secret::new("hvs.token".to_owned())),
        accessor: "accessor".to_owned(),
        display_name: String::new(),
        policies: vec!["default".to_owned(), "p".to_owned()],
        token_policies: vec!["default".to_owned(), "p".to_owned()],
        identity_policies: Vec::new(),
        metadata: Some([("user".to_owned(), "u".to_owned())].into()),
        lease_duration_seconds: 3600,
        renewable: true,
        entity_id: String::new(),
        entity_created: false,
        kind: TokenKind::Service,
        orphan: true,
        num_uses: 0,
    }
}

fn wrap() -> WrapInfo {
    WrapInfo {
        token: Secret::new("hvs.wrapping".to_owned()),
        accessor: "accessor".to_owned(),
        ttl: Duration::from_secs(60),
        created: Timestamp::from_seconds(1_700_000_000),
        creation_path: "test/wrap".to_owned(),
        wrapped_accessor: None,
    }
}

pub(crate) fn gateway(settings: &ListenerSettings) -> Gateway<Stub> {
    Gateway::new(stub(), settings, Arc::new(Sevens))
}

/// Sends bytes as they stand over a fresh connection; what comes back until the server closes it.
pub(crate) async fn exchange(gateway: &Gateway<Stub>, settings: &ListenerSettings, request: &[u8]) -> String {
    let peer = Connection { address: Some("127.0.0.1:4000".parse().unwrap()), certificates: None };
    let mut client = memory::connect(gateway.clone(), settings.clone(), peer);
    // A server that has seen enough closes before the end of the request.
    let _ = client.write_all(request).await;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).map_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned(), identity)
}

/// The status of an answer, 0 where there was none, and its body.
pub(crate) fn status_and_body(answer: &str) -> (u16, &str) {
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body.trim_end()))
}
