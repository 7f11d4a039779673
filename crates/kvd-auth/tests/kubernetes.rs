//! Logins with service accounts, against API servers on real sockets.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::{Asked, Rig, Server, Signer};
use kvd_types::{FaultKind, Operation as Op};
use serde_json::{Value, json};

const LOGIN: &str = "auth/kubernetes/login";
const REVIEW: &str = "POST /apis/authentication.k8s.io/v1/tokenreviews";

/// The token of the service account `web` in the namespace `prod`.
fn shown(signer: &Signer) -> Value {
    let account = json!({ "namespace": "prod", "serviceaccount": { "name": "web", "uid": "u-1" } });
    json!({ "role": "web", "jwt": signer.sign(json!({ "aud": ["vault"], "kubernetes.io": account })) })
}

fn vouched(uid: &str) -> Value {
    let user = json!({ "username": "system:serviceaccount:prod:web", "uid": uid });
    json!({ "status": { "authenticated": true, "audiences": ["vault"], "user": user } })
}

fn good(_: &Asked) -> Option<(u16, String)> {
    Some((201, vouched("u-1").to_string()))
}

async fn configured(rig: &Rig, server: &Server, more: Value) {
    let authority = rcgen::generate_simple_self_signed(vec!["k".to_owned()]).unwrap().cert.pem();
    let mut config = json!({ "kubernetes_host": server.url, "kubernetes_ca_cert": authority, "disable_local_ca_jwt": true });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rig.root(Op::Write, "auth/kubernetes/config", config).await;
}

async fn role(rig: &Rig, more: Value) {
    let mut body = json!({
        "bound_service_account_names": "web", "bound_service_account_namespaces": "prod", "audience": "vault"
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rig.root(Op::Write, "auth/kubernetes/role/web", body).await;
}

fn forbidden<T>(text: &str) -> Result<T, (FaultKind, String)> {
    Err((FaultKind::PermissionDenied, text.to_owned()))
}

#[tokio::test]
async fn v067_nobody_logs_in_without_the_word_of_the_api_server() {
    let (signer, server) = (Signer::new(), Server::start(good).await);
    let rig = Rig::impatient("kubernetes").await;
    configured(&rig, &server, json!({})).await;
    role(&rig, json!({})).await;
    let mut other = vouched("u-1");
    other["status"]["user"]["username"] = json!("system:serviceaccount:prod:api");
    let mut for_others = vouched("u-1");
    for_others["status"]["audiences"] = json!(["other"]);
    for answer in [
        Some((401, "{}".to_owned())),
        Some((403, vouched("u-1").to_string())),
        Some((500, String::new())),
        Some((201, "<html>".to_owned())),
        Some((201, json!({ "status": { "authenticated": false } }).to_string())),
        Some((201, vouched("u-2").to_string())),
        Some((201, other.to_string())),
        Some((201, for_others.to_string())),
        None,
    ] {
        // A login that was good before is no reason to believe the next one.
        server.say(good);
        assert!(rig.login(LOGIN, shown(&signer)).await.is_ok());
        let said = answer.clone();
        server.say(move |_| said.clone());
        assert_eq!(rig.login(LOGIN, shown(&signer)).await, forbidden("permission denied"), "{answer:?}");
    }
    let gone = server.url.replace("http://", "https://");
    configured(&rig, &server, json!({ "kubernetes_host": gone })).await;
    assert_eq!(rig.login(LOGIN, shown(&signer)).await, forbidden("permission denied"));
}

#[tokio::test]
async fn v065_the_api_server_comes_from_the_configuration_alone() {
    let (signer, server) = (Signer::new(), Server::start(good).await);
    let stranger = Server::start(good).await;
    let rig = Rig::with("kubernetes").await;
    configured(&rig, &server, json!({ "token_reviewer_jwt": "reviewer" })).await;
    role(&rig, json!({})).await;
    let mut body = shown(&signer);
    body["kubernetes_host"] = json!(stranger.url);
    assert!(rig.login(LOGIN, body.clone()).await.is_ok());
    let asked = server.asked().pop().unwrap();
    assert_eq!((asked.line.as_str(), asked.bearer.as_str()), (REVIEW, "reviewer"));
    assert_eq!(asked.body["spec"], json!({ "token": body["jwt"], "audiences": ["vault"] }));
    assert!(stranger.asked().is_empty());
    let read = rig.root(Op::Read, "auth/kubernetes/config", json!({})).await;
    assert!(read["token_reviewer_jwt_set"] == true && !read.to_string().contains("\"reviewer\""));
}

#[tokio::test]
async fn v067_configured_keys_and_issuers_count_before_the_api_server_is_asked() {
    let (signer, stranger, server) = (Signer::new(), Signer::new(), Server::start(good).await);
    let rig = Rig::with("kubernetes").await;
    configured(&rig, &server, json!({ "pem_keys": [signer.pem()] })).await;
    role(&rig, json!({})).await;
    assert!(rig.login(LOGIN, shown(&signer)).await.is_ok());
    assert_eq!(rig.login(LOGIN, shown(&stranger)).await, forbidden("permission denied"));
    configured(&rig, &server, json!({ "disable_iss_validation": false })).await;
    assert_eq!(rig.login(LOGIN, shown(&signer)).await, forbidden("invalid issuer (iss) claim"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn labels_are_asked_for_only_of_accounts_that_are_vouched_for() {
    let (signer, server) = (Signer::new(), Server::start(good).await);
    let rig = Rig::with("kubernetes").await;
    configured(
        &rig,
        &server,
        json!({ "token_reviewer_jwt": "r", "use_annotations_as_alias_metadata": true }),
    )
    .await;
    let selector = r#"{"matchLabels":{"team":"a"}}"#;
    let bounds = json!({
        "bound_service_account_namespaces": [], "bound_service_account_namespace_selector": selector
    });
    role(&rig, bounds).await;
    for (team, vouched_for, is_good) in [("a", true, true), ("b", true, false), ("a", false, false)] {
        let before = server.asked().len();
        server.say(move |asked| match asked.line.as_str() {
            REVIEW if vouched_for => good(asked),
            REVIEW => Some((401, String::new())),
            "GET /api/v1/namespaces/prod" => {
                Some((200, json!({ "metadata": { "labels": { "team": team } } }).to_string()))
            }
            "GET /api/v1/namespaces/prod/serviceaccounts/web" => {
                Some((200, json!({ "metadata": {} }).to_string()))
            }
            _ => Some((404, String::new())),
        });
        assert_eq!(rig.login(LOGIN, shown(&signer)).await.is_ok(), is_good, "{team} {vouched_for}");
        assert!(vouched_for || server.asked().len() == before + 1);
    }
}

#[tokio::test]
async fn v061_a_change_touches_what_it_names_and_nothing_else() {
    let rig = Rig::with("kubernetes").await;
    let all = json!({
        "bound_service_account_names": "a", "bound_service_account_namespaces": "b", "audience": "c",
        "bound_service_account_namespace_selector": "{\"matchLabels\":{\"x\":\"y\"}}",
        "alias_name_source": "serviceaccount_name", "token_policies": "p", "token_ttl": 60, "token_max_ttl": 120,
        "token_bound_cidrs": "10.0.0.0/8", "token_num_uses": 3, "token_no_default_policy": true, "token_type": "service"
    });
    role(&rig, all).await;
    let mut want = rig.root(Op::Read, "auth/kubernetes/role/web", json!({})).await;
    rig.root(Op::Write, "auth/kubernetes/role/web", json!({ "token_ttl": 90 })).await;
    want["token_ttl"] = json!(90);
    assert_eq!(rig.root(Op::Read, "auth/kubernetes/role/web", json!({})).await, want);
}

#[tokio::test]
async fn v023_no_role_gives_root_in_whatever_spelling() {
    let (signer, server) = (Signer::new(), Server::start(good).await);
    let rig = Rig::with("kubernetes").await;
    configured(&rig, &server, json!({})).await;
    for policy in ["root", "ROOT", " Root", "root\t", "response-wrapping"] {
        role(&rig, json!({ "token_policies": ["a", policy] })).await;
        assert_eq!(rig.login(LOGIN, shown(&signer)).await.unwrap_err().0, FaultKind::Invalid, "{policy:?}");
    }
}

#[tokio::test]
async fn d17_wrong_types_are_a_clients_mistake() {
    let server = Server::start(good).await;
    let rig = Rig::with("kubernetes").await;
    configured(&rig, &server, json!({})).await;
    role(&rig, json!({})).await;
    for value in [json!([]), json!({}), json!(["a", "b"]), json!({ "a": 1 })] {
        for body in [json!({ "role": value, "jwt": "a.b.c" }), json!({ "role": "web", "jwt": value })] {
            assert_eq!(rig.login(LOGIN, body.clone()).await.unwrap_err().0, FaultKind::Invalid, "{body}");
        }
        let body = json!({ "kubernetes_host": value });
        assert_eq!(rig.refused("auth/kubernetes/config", body).await.0, FaultKind::Invalid);
    }
}
