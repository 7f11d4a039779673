//! The client in front of a vault, and of a server that makes difficulties.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use hyper_util::rt::TokioIo;
use kvd_client::{Change, Client, Credentials, Error, MetadataChange, Page, Transaction};
use kvd_edge::{Connection, ConnectionSettings, memory};
use kvd_grpc::{GrpcServer, GrpcSettings};
use kvd_testkit::{SeededEntropy, TestVault};
use kvd_types::{AuthInfo, Call, ClientAuth, Fault, FaultKind, Operation, Reply, Secret, TokenKind};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::{Service, service_fn};

/// A channel to a door in the same process.
fn channel<S>(service: S) -> Channel
where
    S: Service<Call, Response = Reply, Error = Fault, Future: Send> + Clone + Send + Sync + 'static,
{
    let server = GrpcServer::new(service, GrpcSettings::default(), Arc::new(SeededEntropy::new(1)));
    let connector = service_fn(move |_: Uri| {
        let end = memory::connect_http2(server.clone(), ConnectionSettings::default(), Connection::default());
        async move { Ok::<_, io::Error>(TokioIo::new(end)) }
    });
    Endpoint::from_static("http://in.memory").connect_with_connector_lazy(connector)
}

async fn connect(vault: &TestVault, credentials: Credentials) -> Result<Client, Error> {
    Client::builder("http://in.memory")
        .credentials(credentials)
        .connect_over(channel(vault.vault.clone()))
        .await
}

#[tokio::test]
async fn secrets_are_written_read_listed_and_removed() {
    let vault = TestVault::start().await;
    let kv = connect(&vault, Credentials::token("root")).await.unwrap().kv("secret");
    let made = kv.put("app/db", &json!({"password": "p", "port": 5432})).await.unwrap();
    assert_eq!(made.version, 1);
    let secret = kv.get("app/db").await.unwrap();
    assert_eq!(secret.text("password").as_deref(), Some("p"));
    assert_eq!((secret.text("port"), secret.text("none")), (None, None));
    assert_eq!(secret.decode::<BTreeMap<String, Value>>().unwrap()["port"], 5432);
    assert!(matches!(secret.decode::<Vec<String>>(), Err(Error::Form)));
    assert!(!format!("{secret:?}").contains("password"));

    assert!(matches!(kv.put_if("app/db", &json!({}), 0).await, Err(Error::Conflict)));
    assert_eq!(kv.patch("app/db", &json!({"port": null})).await.unwrap().version, 2);
    assert_eq!(kv.get_version("app/db", 1).await.unwrap().text("password").as_deref(), Some("p"));
    let all = Page::default;
    assert_eq!(kv.list("", all()).await.unwrap(), ["app/"]);
    assert_eq!(kv.list("app", Page { after: "db".into(), limit: 5 }).await.unwrap(), Vec::<String>::new());
    assert_eq!(kv.list_recursive("").await.unwrap(), ["app/db"]);

    let change = MetadataChange { max_versions: Some(3), ..MetadataChange::default() };
    kv.set_metadata("app/db", change).await.unwrap();
    let metadata = kv.metadata("app/db").await.unwrap();
    assert_eq!((metadata.current_version, metadata.max_versions, metadata.versions.len()), (2, 3, 2));
    kv.delete("app/db").await.unwrap();
    assert!(matches!(kv.get("app/db").await, Err(Error::Deleted { version: 2 })));
    kv.undelete("app/db", &[2]).await.unwrap();
    kv.get("app/db").await.unwrap();
    kv.destroy("app/db", &[2]).await.unwrap();
    assert!(matches!(kv.get("app/db").await, Err(Error::Deleted { version: 2 })));
    kv.remove("app/db").await.unwrap();
    assert!(matches!(kv.metadata("app/db").await, Err(Error::NotFound)));
}

#[tokio::test]
async fn many_secrets_are_read_at_once_and_changed_together() {
    let vault = TestVault::start().await;
    let client = connect(&vault, Credentials::token("root")).await.unwrap();
    let at = |path, expected| Change { mount: "secret", path, expected };
    let transfer = Transaction::new()
        .put(at("a", Some(0)), &json!({"money": 1}))
        .and_then(|all| all.put(at("b", Some(0)), &json!({"money": 2})))
        .unwrap();
    let made = client.transact(transfer.clone()).await.unwrap();
    assert_eq!(made.into_iter().map(|made| made.unwrap().version).collect::<Vec<_>>(), [1, 1]);
    assert!(matches!(client.transact(transfer).await, Err(Error::Conflict)));
    let got = client.kv("secret").get_many(&["a", "none", "b"]).await.unwrap();
    let [Ok(a), Err(Error::NotFound), Ok(b)] = &got[..] else { unreachable!("two secrets and a refusal") };
    assert_eq!((a.json(), b.json()), (b"{\"money\":1}".as_slice(), b"{\"money\":2}".as_slice()));
    client.transact(Transaction::new().delete("secret", "a")).await.unwrap();
    assert!(matches!(client.kv("secret").get("a").await, Err(Error::Deleted { version: 1 })));
}

#[tokio::test]
async fn a_login_gives_a_token_and_a_wrong_one_does_not() {
    let vault = TestVault::start().await;
    for (path, body) in [
        ("sys/auth/approle", json!({"type": "approle"})),
        ("auth/approle/role/app", json!({"token_policies": ["default"], "token_ttl": "1h"})),
        ("auth/approle/role/app/role-id", json!({"role_id": "the-role"})),
        ("auth/approle/role/app/custom-secret-id", json!({"secret_id": "the-secret"})),
    ] {
        vault.call("root", Operation::Write, path, body).await.unwrap();
    }
    let right = Credentials::approle("approle", "the-role", "the-secret");
    let client = connect(&vault, right).await.unwrap();
    let token = client.token().await.unwrap();
    assert_eq!((token.ttl, token.renewable), (Duration::from_secs(3600), true));
    assert!(client.health().await.unwrap().initialized);
    let wrong = connect(&vault, Credentials::approle("approle", "the-role", "other")).await;
    assert!(matches!(wrong.err(), Some(Error::PermissionDenied)));
}

#[tokio::test]
async fn a_token_that_has_ended_is_replaced_and_a_refusal_is_not_mistaken_for_that() {
    let vault = TestVault::start().await;
    vault.policy("a", "path \"secret/data/a\" { capabilities = [\"read\", \"create\", \"update\"] }").await;
    for (path, body) in [
        ("sys/auth/userpass", json!({"type": "userpass"})),
        ("auth/userpass/users/u", json!({"password": "p", "token_policies": ["a"]})),
    ] {
        vault.call("root", Operation::Write, path, body).await.unwrap();
    }
    let credentials = Credentials::Userpass {
        mount: "userpass".into(),
        username: "u".into(),
        password: Secret::new("p".to_owned()),
    };
    let client = connect(&vault, credentials).await.unwrap();
    let first = client.token().await.unwrap().accessor;
    assert!(matches!(client.kv("secret").get("b").await, Err(Error::PermissionDenied)));
    assert_eq!(client.token().await.unwrap().accessor, first, "the same token as before");
    let body = json!({"accessor": first});
    vault.call("root", Operation::Write, "auth/token/revoke-accessor", body).await.unwrap();
    client.kv("secret").put("a", &json!({})).await.unwrap();
    assert_ne!(client.token().await.unwrap().accessor, first);
}

/// A server that gives tokens of an hour, tells what was asked of it, and refuses what it is told to.
#[derive(Clone, Default)]
struct Difficult {
    asked: Arc<Mutex<Vec<String>>>,
    /// Refuses so many of the next calls to each path.
    refuses: Arc<Mutex<BTreeMap<&'static str, (usize, FaultKind)>>>,
}

impl Difficult {
    fn refuse(&self, path: &'static str, times: usize, kind: FaultKind) {
        self.refuses.lock().unwrap().insert(path, (times, kind));
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn answer(&self, call: &Call) -> Result<Reply, Fault> {
        let token = match &call.auth {
            ClientAuth::Missing => "",
            ClientAuth::Token(token) => token.expose(),
        };
        let mut asked = self.asked.lock().unwrap();
        asked.push(format!("{token} {}", call.path));
        if let Some((times, kind)) = self.refuses.lock().unwrap().get_mut(call.path.as_str())
            && *times > 0
        {
            *times -= 1;
            return Err(Fault::new(*kind, "not now"));
        }
        let number = asked.iter().filter(|line| line.ends_with("/login")).count();
        Ok(match call.path.as_str() {
            "auth/jwt/login" => Reply::auth(token_of(&format!("t{number}"))),
            "auth/token/renew-self" => Reply::auth(token_of(token)),
            _ => Reply::object(|w| {
                w.key("data");
                w.begin_object();
                w.end_object();
            }),
        })
    }

    async fn client(&self) -> Client {
        let server = self.clone();
        let service = service_fn(move |call: Call| {
            let answer = server.answer(&call);
            async move { answer }
        });
        let source = kvd_client::JwtSource::Text(Secret::new("e.y.J".to_owned()));
        let credentials = Credentials::Jwt { mount: "jwt".into(), role: "r".into(), source };
        let builder = Client::builder("http://in.memory").credentials(credentials);
        builder.connect_over(channel(service)).await.unwrap()
    }
}

fn token_of(text: &str) -> AuthInfo {
    AuthInfo {
        client_token: Some(Secret::new(text.to_owned())),
        accessor: String::new(),
        display_name: String::new(),
        policies: Vec::new(),
        token_policies: Vec::new(),
        identity_policies: Vec::new(),
        metadata: None,
        entity_created: false,
        lease_duration_seconds: 3600,
        renewable: true,
        entity_id: String::new(),
        kind: TokenKind::Service,
        orphan: true,
        num_uses: 0,
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_prolonged_before_it_ends_and_replaced_when_that_fails() {
    let server = Difficult::default();
    let client = server.client().await;
    tokio::time::sleep(Duration::from_secs(2500)).await;
    assert_eq!(server.asked(), [" auth/jwt/login", "t1 auth/token/renew-self"]);
    server.refuse("auth/token/renew-self", 9, FaultKind::PermissionDenied);
    tokio::time::sleep(Duration::from_secs(2500)).await;
    assert_eq!(server.asked(), ["t1 auth/token/renew-self", " auth/jwt/login"]);
    drop(client);
    tokio::time::sleep(Duration::from_secs(10_000)).await;
    assert_eq!(server.asked(), Vec::<String>::new(), "nobody uses it any more");
}

#[tokio::test(start_paused = true)]
async fn what_only_reads_is_tried_again_and_what_writes_is_not() {
    let server = Difficult::default();
    let client = server.client().await;
    let kv = client.kv("secret");
    server.refuse("secret/data/a", 2, FaultKind::Unavailable);
    server.asked();
    kv.get("a").await.unwrap();
    assert_eq!(server.asked().len(), 3);
    server.refuse("secret/data/a", 9, FaultKind::RateLimited);
    assert!(matches!(kv.get("a").await, Err(Error::RateLimited { .. })));
    assert_eq!(server.asked().len(), 4, "four tries at most");
    server.refuse("secret/data/a", 1, FaultKind::Unavailable);
    assert!(matches!(kv.put("a", &json!({})).await, Err(Error::Unavailable(_))));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_with_its_deadline() {
    let never = service_fn(|_: Call| std::future::pending::<Result<Reply, Fault>>());
    let builder = Client::builder("http://in.memory").deadline(Duration::from_secs(3));
    let client = builder.connect_over(channel(never)).await.unwrap();
    let begun = Instant::now();
    assert!(matches!(client.health().await, Err(Error::DeadlineExceeded)));
    assert!(begun.elapsed() <= Duration::from_secs(4));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_here() {
    let vault = TestVault::start().await;
    let client = connect(&vault, Credentials::token("line\nbreak")).await;
    assert!(matches!(client.err(), Some(Error::Unsendable("token"))));
    let wrong = Client::builder("not an address").connect().await;
    assert!(matches!(wrong.err(), Some(Error::Connection(_))));
}
