//! Each message is the call that the HTTP gateway makes of its twin: behind the doors nobody can tell the two apart,
//! neither a policy, nor a quota, nor an audit record.

use crate::vault::{get, put, with};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use kvd_grpc::{GrpcServer, GrpcSettings};
use kvd_http::{Gateway, ListenerSettings};
use kvd_proto::v1::{
    AppRoleCredentials, BatchGetRequest, CustomMetadata, DeleteMetadataRequest, DeleteRequest,
    DestroyRequest, GetMetadataRequest, GetRequest, HealthRequest, JwtCredentials, ListRequest, LoginRequest,
    LookupRequest, OtherCredentials, PatchRequest, PutMetadataRequest, RenewRequest, RevokeRequest,
    SealStatusRequest, TransactRequest, TransactStep, UndeleteRequest, UserpassCredentials,
    auth_client::AuthClient, kv_client::KvClient, login_request::Credentials, lookup_request, renew_request,
    revoke_request, sys_client::SysClient, transact_step,
};
use kvd_testkit::SeededEntropy;
use kvd_types::{Call, ClientAuth, Fault, Reply};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tower::{Service as _, service_fn};

/// What a call asks for, and in whose name.
fn told(call: &Call) -> String {
    let token = match &call.auth {
        ClientAuth::Missing => "nobody",
        ClientAuth::Token(token) => token.expose(),
    };
    let Call { operation, path, data, wrap_ttl, namespace, .. } = call;
    format!("{token}: {operation} {path} {} {wrap_ttl:?} {}", data.text().as_str(), namespace.0)
}

/// The calls that came through a door, in their order.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn service(
        &self,
    ) -> impl tower::Service<Call, Response = Reply, Error = Fault, Future: Send> + Clone + Send + Sync + use<>
    {
        let heard = self.clone();
        service_fn(move |call: Call| {
            heard.0.lock().unwrap().push(told(&call));
            async { Ok(Reply::object(|_| {})) }
        })
    }

    fn only(&self) -> String {
        let mut calls = std::mem::take(&mut *self.0.lock().unwrap());
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.remove(0)
    }
}

/// What the gateway makes of a request.
async fn http(method: &str, path: &str, token: &str, body: &Value) -> String {
    let heard = Heard::default();
    let mut gateway =
        Gateway::new(heard.service(), &ListenerSettings::default(), Arc::new(SeededEntropy::new(1)));
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let mut request = Request::builder().method(method).uri(format!("/v1/{path}")).header("Host", "kvd");
    if !token.is_empty() {
        request = request.header("X-Vault-Token", token);
    }
    if method == "PATCH" {
        request = request.header("Content-Type", "application/merge-patch+json");
    }
    gateway.call(request.body(Full::new(bytes)).unwrap()).await.unwrap();
    heard.only()
}

macro_rules! twins {
    ($client:ident, $($method:ident($message:expr) = $verb:literal $path:literal $body:expr;)*) => {
        $({
            let heard = Heard::default();
            let server =
                GrpcServer::new(heard.service(), GrpcSettings::default(), Arc::new(SeededEntropy::new(1)));
            $client::new(server).$method(with("root", $message)).await.unwrap();
            assert_eq!(heard.only(), http($verb, $path, "root", &$body).await, stringify!($method));
        })*
    };
}

fn at(path: &str) -> (String, String) {
    ("secret".to_owned(), path.to_owned())
}

#[tokio::test]
async fn every_message_about_secrets_has_its_twin() {
    let (mount, path) = at("a b/c");
    let (m, p) = (|| mount.clone(), || path.clone());
    let secret = json!({"b": 1.50, "a": {"z": null, "y": [1]}});
    let entries = [("k".to_owned(), "v".to_owned()), ("a".to_owned(), "b".to_owned())].into();
    twins! { KvClient,
        get(get("a")) = "GET" "secret/data/a" Value::Null;
        get(GetRequest { version: Some(3), ..get("a") }) = "GET" "secret/data/a?version=3" Value::Null;
        put(put("a", &secret, None)) = "POST" "secret/data/a" json!({"data": secret});
        put(put("a", &secret, Some(0))) = "PUT" "secret/data/a" json!({"options": {"cas": 0}, "data": secret});
        patch(PatchRequest { mount: m(), path: p(), data: b"{\"x\":null}".to_vec(), cas: Some(4) })
            = "PATCH" "secret/data/a%20b/c" json!({"data": {"x": null}, "options": {"cas": 4}});
        delete(DeleteRequest { mount: m(), path: p(), versions: vec![] })
            = "DELETE" "secret/data/a%20b/c" Value::Null;
        delete(DeleteRequest { mount: m(), path: p(), versions: vec![2, 1] })
            = "POST" "secret/delete/a%20b/c" json!({"versions": [2, 1]});
        undelete(UndeleteRequest { mount: m(), path: p(), versions: vec![1] })
            = "POST" "secret/undelete/a%20b/c" json!({"versions": [1]});
        destroy(DestroyRequest { mount: m(), path: p(), versions: vec![1] })
            = "PUT" "secret/destroy/a%20b/c" json!({"versions": [1]});
        list(ListRequest { mount: m(), path: p(), ..ListRequest::default() })
            = "LIST" "secret/metadata/a%20b/c" Value::Null;
        list(ListRequest { mount: m(), path: String::new(), after: "k".into(), limit: 7, recursive: false })
            = "GET" "secret/metadata/?list=true&after=k&limit=7" Value::Null;
        list(ListRequest { mount: m(), path: p(), recursive: true, ..ListRequest::default() })
            = "SCAN" "secret/metadata/a%20b/c" Value::Null;
        get_metadata(GetMetadataRequest { mount: m(), path: p() })
            = "GET" "secret/metadata/a%20b/c" Value::Null;
        delete_metadata(DeleteMetadataRequest { mount: m(), path: p() })
            = "DELETE" "secret/metadata/a%20b/c" Value::Null;
        put_metadata(PutMetadataRequest {
            mount: m(), path: p(), max_versions: Some(3), cas_required: Some(false), metadata_cas: Some(2),
            delete_version_after: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
            custom_metadata: Some(CustomMetadata { entries }),
        }) = "POST" "secret/metadata/a%20b/c" json!({
            "max_versions": 3, "cas_required": false, "metadata_cas": 2, "delete_version_after": 60,
            "custom_metadata": {"a": "b", "k": "v"}
        });
    }
}

#[tokio::test]
async fn messages_of_many_calls_have_their_twins() {
    let delete = DeleteRequest { mount: "secret".into(), path: "c".into(), versions: vec![] };
    let steps = [
        transact_step::Change::Put(put("a", &json!({"n": 1}), Some(2))),
        transact_step::Change::Delete(delete),
    ];
    twins! { KvClient,
        batch_get(BatchGetRequest { reads: vec![get("a"), GetRequest { version: Some(2), ..get("b") }] })
            = "POST" "sys/kv/batch-get" json!({"reads": [
                {"path": "secret/data/a", "parameters": {}},
                {"path": "secret/data/b", "parameters": {"version": "2"}}
            ]});
        transact(TransactRequest { steps: steps.map(|change| TransactStep { change: Some(change) }).into() })
            = "POST" "sys/kv/transaction" json!({"steps": [
                {"operation": "write", "path": "secret/data/a", "data": {"data": {"n": 1}, "options": {"cas": 2}}},
                {"operation": "delete", "path": "secret/data/c", "data": {}}
            ]});
    }
}

#[tokio::test]
async fn every_message_about_tokens_has_its_twin() {
    let login =
        |mount: &str, credentials| LoginRequest { mount: mount.to_owned(), credentials: Some(credentials) };
    let jwt = || JwtCredentials { role: "r".into(), jwt: "e.y.J".into() };
    let increment = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    twins! { AuthClient,
        login(login("approle", Credentials::Approle(AppRoleCredentials { role_id: "r".into(), secret_id: "s".into() })))
            = "POST" "auth/approle/login" json!({"role_id": "r", "secret_id": "s"});
        login(login("k8s/eu/", Credentials::Kubernetes(jwt()))) = "POST" "auth/k8s/eu/login" json!({"role": "r", "jwt": "e.y.J"});
        login(login("jwt", Credentials::Jwt(jwt()))) = "POST" "auth/jwt/login" json!({"role": "r", "jwt": "e.y.J"});
        login(login("up", Credentials::Userpass(UserpassCredentials { username: "u".into(), password: "p".into() })))
            = "POST" "auth/up/login/u" json!({"password": "p"});
        login(login("cert", Credentials::Other(OtherCredentials { path: String::new(), parameters: b"{\"name\":\"n\"}".to_vec() })))
            = "POST" "auth/cert/login" json!({"name": "n"});
        lookup(LookupRequest { target: None }) = "GET" "auth/token/lookup-self" Value::Null;
        lookup(LookupRequest { target: Some(lookup_request::Target::Token("t".into())) })
            = "POST" "auth/token/lookup" json!({"token": "t"});
        lookup(LookupRequest { target: Some(lookup_request::Target::Accessor("a".into())) })
            = "POST" "auth/token/lookup-accessor" json!({"accessor": "a"});
        renew(RenewRequest { target: None, increment }) = "POST" "auth/token/renew-self" json!({"increment": 60});
        renew(RenewRequest { target: Some(renew_request::Target::Token("t".into())), increment })
            = "POST" "auth/token/renew" json!({"token": "t", "increment": 60});
        renew(RenewRequest { target: Some(renew_request::Target::Accessor("a".into())), increment: None })
            = "POST" "auth/token/renew-accessor" json!({"accessor": "a"});
        revoke(RevokeRequest { target: None }) = "POST" "auth/token/revoke-self" Value::Null;
        revoke(RevokeRequest { target: Some(revoke_request::Target::Token("t".into())) })
            = "POST" "auth/token/revoke" json!({"token": "t"});
        revoke(RevokeRequest { target: Some(revoke_request::Target::Accessor("a".into())) })
            = "POST" "auth/token/revoke-accessor" json!({"accessor": "a"});
    }
}

#[tokio::test]
async fn every_message_about_the_server_has_its_twin() {
    twins! { SysClient,
        health(HealthRequest {}) = "GET" "sys/health" Value::Null;
        seal_status(SealStatusRequest {}) = "GET" "sys/seal-status" Value::Null;
    }
}
