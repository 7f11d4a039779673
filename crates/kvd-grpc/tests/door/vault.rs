//! Whole conversations with a vault.

use kvd_grpc::{GrpcServer, GrpcSettings};
use kvd_proto::v1::{
    BatchGetRequest, CustomMetadata, DeleteMetadataRequest, DeleteRequest, DestroyRequest,
    GetMetadataRequest, GetRequest, HealthRequest, ListRequest, LoginRequest, LookupRequest, PatchRequest,
    PutMetadataRequest, PutRequest, RenewRequest, RevokeRequest, SealStatusRequest, TokenType,
    TransactRequest, TransactStep, UndeleteRequest, UserpassCredentials, auth_client::AuthClient,
    batch_get_result::Outcome, kv_client::KvClient, login_request::Credentials, lookup_request,
    sys_client::SysClient, transact_step,
};
use kvd_testkit::{SeededEntropy, TestVault};
use kvd_types::Operation;
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::{Code, Request, Status};

pub(crate) type Server = GrpcServer<kvd_core::Vault>;

pub(crate) fn door(vault: &TestVault) -> Server {
    GrpcServer::new(vault.vault.clone(), GrpcSettings::default(), Arc::new(SeededEntropy::new(2)))
}

/// A message in the name of whoever holds `token`.
pub(crate) fn with<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

pub(crate) fn get(path: &str) -> GetRequest {
    GetRequest { mount: "secret".to_owned(), path: path.to_owned(), version: None }
}

pub(crate) fn put(path: &str, data: &Value, cas: Option<u64>) -> PutRequest {
    PutRequest { mount: "secret".to_owned(), path: path.to_owned(), data: data.to_string().into_bytes(), cas }
}

pub(crate) fn refused<T>(outcome: Result<T, Status>) -> (Code, String) {
    let status = outcome.err().unwrap();
    (status.code(), status.message().to_owned())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_secret_is_written_read_changed_and_removed() {
    let vault = TestVault::start().await;
    let mut kv = KvClient::new(door(&vault));
    let (mount, path) = (|| "secret".to_owned(), || "app/db".to_owned());
    let exact = "{\"n\":12345678901234567890.00001,\"user\":\"u\"}";
    let message = PutRequest { data: exact.as_bytes().to_vec(), ..put("app/db", &Value::Null, Some(0)) };
    let made = kv.put(with("root", message)).await.unwrap().into_inner();
    assert_eq!(made.metadata.unwrap().version, 1);
    assert_eq!(made.header.unwrap().request_id.len(), 36);
    let got = kv.get(with("root", get("app/db"))).await.unwrap().into_inner();
    assert_eq!(got.data.as_deref(), Some(exact.as_bytes()), "every digit is kept");
    assert!(got.metadata.unwrap().created_time.is_some());
    let stale = kv.put(with("root", put("app/db", &json!({}), Some(0)))).await;
    assert_eq!(
        refused(stale),
        (Code::InvalidArgument, "check-and-set parameter did not match the current version".to_owned())
    );
    let data = b"{\"n\":null,\"more\":1}".to_vec();
    let patch = PatchRequest { mount: mount(), path: path(), data, cas: Some(1) };
    assert_eq!(kv.patch(with("root", patch)).await.unwrap().into_inner().metadata.unwrap().version, 2);
    let got = kv.get(with("root", get("app/db"))).await.unwrap().into_inner();
    assert_eq!(got.data.as_deref(), Some(b"{\"more\":1,\"user\":\"u\"}".as_slice()));
    let old =
        kv.get(with("root", GetRequest { version: Some(1), ..get("app/db") })).await.unwrap().into_inner();
    assert_eq!(old.data.as_deref(), Some(exact.as_bytes()));

    kv.delete(with("root", DeleteRequest { mount: mount(), path: path(), versions: vec![] })).await.unwrap();
    let got = kv.get(with("root", get("app/db"))).await.unwrap().into_inner();
    assert_eq!(got.data, None, "a deleted version says only that it is deleted");
    assert!(got.metadata.unwrap().deletion_time.is_some());
    let versions = vec![2];
    kv.undelete(with("root", UndeleteRequest { mount: mount(), path: path(), versions })).await.unwrap();
    assert!(kv.get(with("root", get("app/db"))).await.unwrap().into_inner().data.is_some());
    kv.destroy(with("root", DestroyRequest { mount: mount(), path: path(), versions: vec![1] }))
        .await
        .unwrap();
    let old =
        kv.get(with("root", GetRequest { version: Some(1), ..get("app/db") })).await.unwrap().into_inner();
    assert!(old.data.is_none() && old.metadata.unwrap().destroyed);
    let removed = DeleteMetadataRequest { mount: mount(), path: path() };
    kv.delete_metadata(with("root", removed)).await.unwrap();
    assert_eq!(refused(kv.get(with("root", get("app/db"))).await), (Code::NotFound, String::new()));
}

#[tokio::test]
async fn names_come_in_pages_and_from_all_depths() {
    let vault = TestVault::start().await;
    let mut kv = KvClient::new(door(&vault));
    for path in ["a", "b/c", "b/d/e", "f"] {
        kv.put(with("root", put(path, &json!({}), None))).await.unwrap();
    }
    for (path, after, limit, recursive, want) in [
        ("", "", 0, false, vec!["a", "b/", "f"]),
        ("", "", 2, false, vec!["a", "b/"]),
        ("", "b/", 2, false, vec!["f"]),
        ("b", "", 0, false, vec!["c", "d/"]),
        ("b/", "", 0, false, vec!["c", "d/"]),
        ("", "", 0, true, vec!["a", "f", "b/c", "b/d/e"]),
    ] {
        let message =
            ListRequest { mount: "secret/".into(), path: path.into(), after: after.into(), limit, recursive };
        let got = kv.list(with("root", message)).await.unwrap().into_inner();
        assert_eq!(got.names, names(&want), "{path:?} after {after:?}, {limit}, {recursive}");
    }
    let message = ListRequest { mount: "secret".into(), path: "none".into(), ..ListRequest::default() };
    assert_eq!(refused(kv.list(with("root", message)).await).0, Code::NotFound);
}

#[tokio::test]
async fn metadata_is_set_and_told() {
    let vault = TestVault::start().await;
    let mut kv = KvClient::new(door(&vault));
    kv.put(with("root", put("a", &json!({}), None))).await.unwrap();
    kv.put(with("root", put("a", &json!({}), None))).await.unwrap();
    let entries = [("owner".to_owned(), "ops".to_owned())].into();
    let message = PutMetadataRequest {
        mount: "secret".into(),
        path: "a".into(),
        max_versions: Some(5),
        cas_required: Some(true),
        delete_version_after: Some(prost_types::Duration { seconds: 5400, nanos: 0 }),
        custom_metadata: Some(CustomMetadata { entries }),
        metadata_cas: None,
    };
    kv.put_metadata(with("root", message)).await.unwrap();
    let message = GetMetadataRequest { mount: "secret".into(), path: "a".into() };
    let got = kv.get_metadata(with("root", message)).await.unwrap().into_inner();
    assert_eq!((got.current_version, got.max_versions, got.cas_required), (2, 5, true));
    assert_eq!(got.delete_version_after.unwrap().seconds, 5400);
    assert_eq!(got.custom_metadata["owner"], "ops");
    let mut numbers: Vec<_> =
        got.versions.iter().map(|(number, version)| (*number, version.version)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [(1, 1), (2, 2)]);
    let unguarded = kv.put(with("root", put("a", &json!({}), None))).await;
    assert_eq!(refused(unguarded).1, "check-and-set parameter required for this call");
}

#[tokio::test]
async fn policies_let_through_and_refuse_as_at_the_other_door() {
    let vault = TestVault::start().await;
    vault.policy("reads-a", "path \"secret/data/a\" { capabilities = [\"read\"] }").await;
    let token = vault.token(&["reads-a"]).await;
    let mut kv = KvClient::new(door(&vault));
    for path in ["a", "b"] {
        kv.put(with("root", put(path, &json!({}), None))).await.unwrap();
    }
    assert!(kv.get(with(&token, get("a"))).await.is_ok());
    for refusal in [
        kv.get(with(&token, get("b"))).await.err(),
        kv.put(with(&token, put("a", &json!({}), None))).await.err(),
        kv.get(with("hvs.unknown", get("a"))).await.err(),
        kv.get(Request::new(get("a"))).await.err(),
    ] {
        let status = refusal.unwrap();
        assert_eq!(status.code(), Code::PermissionDenied, "{status}");
        assert!(status.message().contains("permission denied"), "{status}");
    }
}

#[tokio::test]
async fn many_reads_have_a_result_each_and_many_changes_have_one_effect() {
    let vault = TestVault::start().await;
    vault.policy("a", "path \"secret/data/a\" { capabilities = [\"read\"] }").await;
    let token = vault.token(&["a"]).await;
    let mut kv = KvClient::new(door(&vault));
    let step = |path: &str, cas| {
        let change = Some(transact_step::Change::Put(put(path, &json!({"of": path}), Some(cas))));
        TransactStep { change }
    };
    let done =
        kv.transact(with("root", TransactRequest { steps: vec![step("a", 0), step("b", 0)] })).await.unwrap();
    let versions: Vec<_> =
        done.into_inner().results.into_iter().map(|r| r.metadata.unwrap().version).collect();
    assert_eq!(versions, [1, 1]);
    let stale = kv.transact(with("root", TransactRequest { steps: vec![step("a", 1), step("b", 0)] })).await;
    let want = "step 2: check-and-set parameter did not match the current version";
    assert_eq!(refused(stale), (Code::InvalidArgument, want.to_owned()));
    let reads = vec![get("a"), get("b"), get("none")];
    let got =
        kv.batch_get(with("root", BatchGetRequest { reads: reads.clone() })).await.unwrap().into_inner();
    let outcomes: Vec<_> = got.results.into_iter().map(|result| result.outcome.unwrap()).collect();
    let Outcome::Version(first) = &outcomes[0] else { panic!("a version") };
    assert_eq!(first.data.as_deref(), Some(b"{\"of\":\"a\"}".as_slice()));
    assert_eq!(first.metadata.as_ref().unwrap().version, 1, "the second transaction left it alone");
    let Outcome::Refusal(third) = &outcomes[2] else { panic!("a refusal") };
    assert_eq!(third.code, 5);
    let got = kv.batch_get(with(&token, BatchGetRequest { reads })).await.unwrap().into_inner();
    let code = |outcome| match outcome {
        Outcome::Version(_) => 0,
        Outcome::Refusal(refusal) => refusal.code,
    };
    let codes: Vec<_> = got.results.into_iter().map(|result| code(result.outcome.unwrap())).collect();
    assert_eq!(codes, [0, 7, 7]);
}

#[tokio::test]
async fn who_logs_in_gets_a_token_that_can_be_told_of_prolonged_and_ended() {
    let vault = TestVault::start().await;
    vault.call("root", Operation::Write, "sys/auth/people", json!({"type": "userpass"})).await.unwrap();
    vault
        .call("root", Operation::Write, "auth/people/users/ann", json!({"password": "pw", "token_ttl": "1h"}))
        .await
        .unwrap();
    let mut auth = AuthClient::new(door(&vault));
    let login = |password: &str| {
        let user = UserpassCredentials { username: "ann".into(), password: password.into() };
        LoginRequest { mount: "people".into(), credentials: Some(Credentials::Userpass(user)) }
    };
    assert_eq!(refused(auth.login(login("no")).await).0, Code::Unauthenticated);
    let made = auth.login(login("pw")).await.unwrap().into_inner().token.unwrap();
    assert_eq!((made.ttl.unwrap().seconds, made.renewable), (3600, true));
    assert_eq!(made.r#type, i32::from(TokenType::Service));
    let own = auth.lookup(with(&made.token, LookupRequest::default())).await.unwrap().into_inner();
    assert_eq!((own.accessor.as_str(), own.display_name.as_str()), (made.accessor.as_str(), "people-ann"));
    assert_eq!(own.path, "auth/people/login/ann");
    for target in [
        lookup_request::Target::Token(made.token.clone()),
        lookup_request::Target::Accessor(made.accessor.clone()),
    ] {
        let got =
            auth.lookup(with("root", LookupRequest { target: Some(target) })).await.unwrap().into_inner();
        assert_eq!(got.accessor, made.accessor);
    }
    let increment = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let renewed =
        auth.renew(with(&made.token, RenewRequest { increment, target: None })).await.unwrap().into_inner();
    assert_eq!(renewed.token.unwrap().ttl.unwrap().seconds, 60);
    auth.revoke(with(&made.token, RevokeRequest::default())).await.unwrap();
    let gone = auth.lookup(with(&made.token, LookupRequest::default())).await;
    assert_eq!(refused(gone).0, Code::PermissionDenied);
}

#[tokio::test]
async fn a_wrapped_answer_says_only_where_it_waits() {
    let vault = TestVault::start().await;
    let mut kv = KvClient::new(door(&vault));
    kv.put(with("root", put("a", &json!({"x": "CANARY"}), None))).await.unwrap();
    let mut request = with("root", get("a"));
    request.metadata_mut().insert("x-vault-wrap-ttl", "60s".parse().unwrap());
    let got = kv.get(request).await.unwrap().into_inner();
    assert!(got.data.is_none() && got.metadata.is_none());
    let wrap = got.header.unwrap().wrap_info.unwrap();
    assert_eq!((wrap.ttl.unwrap().seconds, wrap.creation_path.as_str()), (60, "secret/data/a"));
    let opened = vault.call(&wrap.token, Operation::Write, "sys/wrapping/unwrap", json!({})).await.unwrap();
    assert_eq!(opened.data["data"]["x"], "CANARY");
}

#[tokio::test]
async fn a_sealed_server_tells_how_it_is_and_gives_nothing() {
    let vault = TestVault::start().await;
    let server = door(&vault);
    let mut sys = SysClient::new(server.clone());
    let fine = sys.health(HealthRequest {}).await.unwrap().into_inner();
    assert!(fine.initialized && !fine.sealed && !fine.cluster_id.is_empty());
    vault.call("root", Operation::Write, "sys/seal", json!({})).await.unwrap();
    assert!(sys.health(HealthRequest {}).await.unwrap().into_inner().sealed);
    let status = sys.seal_status(SealStatusRequest {}).await.unwrap().into_inner();
    assert_eq!((status.sealed, status.threshold, status.shares, status.progress), (true, 1, 1, 0));
    let refusal = KvClient::new(server).get(with("root", get("a"))).await;
    assert_eq!(refused(refusal), (Code::Unavailable, "Vault is sealed".to_owned()));
}
