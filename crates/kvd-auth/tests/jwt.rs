//! Logins with signed tokens, against issuers on real sockets.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::{Rig, Server, Signer};
use kvd_types::{FaultKind, Operation as Op};
use serde_json::{Value, json};
use std::time::Duration;

const LOGIN: &str = "auth/jwt/login";
const UNSIGNED: &str = "error validating token: error verifying token signature: no known key successfully validated \
                        the token signature";
const NO_KEYS: &str =
    "error validating token: error verifying token signature: the keys of the issuer cannot be fetched";

fn invalid<T>(text: &str) -> Result<T, (FaultKind, String)> {
    Err((FaultKind::Invalid, text.to_owned()))
}

fn shown(signer: &Signer) -> Value {
    json!({ "role": "ci", "jwt": signer.sign(json!({ "sub": "a", "aud": "vault" })) })
}

async fn role(rig: &Rig, more: Value) {
    let mut body = json!({ "role_type": "jwt", "user_claim": "sub", "bound_audiences": "vault" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rig.root(Op::Write, "auth/jwt/role/ci", body).await;
}

async fn with_key(signer: &Signer) -> Rig {
    let rig = Rig::with("jwt").await;
    rig.root(Op::Write, "auth/jwt/config", json!({ "jwt_validation_pubkeys": [signer.pem()] })).await;
    rig
}

#[tokio::test]
async fn keys_of_an_issuer_are_followed_and_not_believed_for_ever() {
    let (old, new) = (Signer::new(), Signer::new());
    let keys = old.key_set();
    let issuer = Server::start(move |_| Some((200, keys.clone()))).await;
    let rig = Rig::with("jwt").await;
    rig.root(Op::Write, "auth/jwt/config", json!({ "jwks_url": format!("{}/keys", issuer.url) })).await;
    role(&rig, json!({})).await;
    assert!(rig.login(LOGIN, shown(&old)).await.is_ok() && rig.login(LOGIN, shown(&old)).await.is_ok());
    assert_eq!(issuer.asked().len(), 2, "once to check the configuration, once for both logins");
    // Rotated: the new key is asked for, and the old one is gone with that.
    let keys = new.key_set();
    issuer.say(move |_| Some((200, keys.clone())));
    assert_eq!(rig.login(LOGIN, shown(&new)).await, invalid(UNSIGNED));
    rig.0.clock.advance(Duration::from_secs(5));
    assert!(rig.login(LOGIN, shown(&new)).await.is_ok());
    assert_eq!(rig.login(LOGIN, shown(&old)).await, invalid(UNSIGNED));
    // Wrong answers and none: what was kept is good for a while, and for no longer.
    for (status, body) in [(500, "{}"), (404, ""), (200, "<html>"), (200, "[]")] {
        issuer.say(move |_| Some((status, body.to_owned())));
        assert!(rig.login(LOGIN, shown(&new)).await.is_ok());
    }
    rig.0.clock.advance(Duration::from_secs(300));
    assert_eq!(rig.login(LOGIN, shown(&new)).await, invalid(NO_KEYS));
    let keys = new.key_set();
    issuer.say(move |_| Some((200, keys.clone())));
    assert!(rig.login(LOGIN, shown(&new)).await.is_ok(), "the failure was not kept");
}

#[tokio::test]
async fn an_issuer_that_says_nothing_holds_nobody_up() {
    let signer = Signer::new();
    let keys = signer.key_set();
    let issuer = Server::start(move |_| Some((200, keys.clone()))).await;
    let rig = Rig::impatient("jwt").await;
    let config = json!({ "jwks_url": issuer.url });
    rig.root(Op::Write, "auth/jwt/config", config.clone()).await;
    role(&rig, json!({})).await;
    issuer.say(|_| None);
    assert_eq!(rig.login(LOGIN, shown(&signer)).await, invalid(NO_KEYS));
    let refusal = rig.refused("auth/jwt/config", config.clone()).await;
    assert_eq!(refusal, (FaultKind::Invalid, "error checking jwks URL".to_owned()));
    let mut tolerant = config;
    tolerant["skip_jwks_validation"] = json!(true);
    let answer = rig.0.call("root", Op::Write, "auth/jwt/config", tolerant).await.unwrap();
    assert_eq!(answer.warnings, ["error checking jwks URL"]);
}

#[tokio::test]
async fn an_issuer_says_where_its_keys_are() {
    let signer = Signer::new();
    let keys = signer.key_set();
    let issuer = Server::start(|_| None).await;
    let url = issuer.url.clone();
    issuer.say(move |asked| match asked.line.as_str() {
        "GET /.well-known/openid-configuration" => {
            Some((200, json!({ "issuer": url, "jwks_uri": format!("{url}/k") }).to_string()))
        }
        "GET /k" => Some((200, keys.clone())),
        _ => Some((404, String::new())),
    });
    let rig = Rig::with("jwt").await;
    rig.root(Op::Write, "auth/jwt/config", json!({ "oidc_discovery_url": issuer.url })).await;
    role(&rig, json!({})).await;
    assert!(rig.login(LOGIN, shown(&signer)).await.is_ok());
    assert_eq!(rig.root(Op::Read, "auth/jwt/config", json!({})).await["status"], "valid");
    let refusal =
        rig.refused("auth/jwt/config", json!({ "oidc_discovery_url": format!("{}/", issuer.url) })).await;
    assert_eq!(refusal.1, "error checking oidc discovery URL", "another issuer than the document's");
}

#[tokio::test]
async fn v066_two_mounts_with_one_key_id_do_not_mix() {
    let (mine, yours) = (Signer::new(), Signer::new());
    let rig = with_key(&mine).await;
    role(&rig, json!({})).await;
    let keys = yours.key_set();
    let issuer = Server::start(move |_| Some((200, keys.clone()))).await;
    rig.root(Op::Write, "sys/auth/other", json!({ "type": "jwt" })).await;
    rig.root(Op::Write, "auth/other/config", json!({ "jwks_url": issuer.url })).await;
    let role = json!({ "role_type": "jwt", "user_claim": "sub", "bound_audiences": "vault" });
    rig.root(Op::Write, "auth/other/role/ci", role).await;
    assert!(rig.login("auth/other/login", shown(&yours)).await.is_ok());
    assert_eq!(rig.login("auth/other/login", shown(&mine)).await, invalid(UNSIGNED));
    assert_eq!(rig.login(LOGIN, shown(&yours)).await, invalid(UNSIGNED));
    assert!(rig.login(LOGIN, shown(&mine)).await.is_ok());
}

#[tokio::test]
async fn v060_a_token_for_somebody_needs_a_role_that_names_them() {
    let signer = Signer::new();
    let rig = with_key(&signer).await;
    role(&rig, json!({ "bound_audiences": [], "bound_subject": "a" })).await;
    for (audience, is_good) in [
        (json!("vault"), false),
        (json!(["vault"]), false),
        (json!(""), false),
        (json!([]), true),
        (json!(null), true),
    ] {
        let jwt = signer.sign(json!({ "sub": "a", "aud": audience }));
        let outcome = rig.login(LOGIN, json!({ "role": "ci", "jwt": jwt })).await;
        assert_eq!(outcome.is_ok(), is_good, "{audience} {outcome:?}");
    }
}

#[tokio::test]
async fn v061_a_change_touches_what_it_names_and_nothing_else() {
    let rig = with_key(&Signer::new()).await;
    let all = json!({
        "role_type": "jwt", "user_claim": "/u", "user_claim_json_pointer": true, "groups_claim": "g",
        "bound_audiences": ["a"], "bound_subject": "s", "bound_claims": { "c": ["x*"] }, "bound_claims_type": "glob",
        "claim_mappings": { "m": "n" }, "expiration_leeway": 1, "not_before_leeway": 2, "clock_skew_leeway": -1,
        "token_policies": "p", "token_ttl": 60, "token_max_ttl": 120, "token_num_uses": 3, "token_type": "service",
        "token_bound_cidrs": "10.0.0.0/8", "token_no_default_policy": true, "token_explicit_max_ttl": 180,
        "token_policies_template_claims": true, "max_age": 7, "callback_mode": "device", "oidc_scopes": "o",
        "allowed_redirect_uris": "r", "oauth2_metadata": "id_token", "oidc_disable_confirmation": true
    });
    rig.root(Op::Write, "auth/jwt/role/ci", all).await;
    let mut want = rig.root(Op::Read, "auth/jwt/role/ci", json!({})).await;
    rig.root(Op::Write, "auth/jwt/role/ci", json!({ "role_type": "jwt", "token_ttl": 90 })).await;
    want["token_ttl"] = json!(90);
    assert_eq!(rig.root(Op::Read, "auth/jwt/role/ci", json!({})).await, want);
}

#[tokio::test]
async fn v023_no_claim_gives_root_in_whatever_spelling() {
    let signer = Signer::new();
    let rig = with_key(&signer).await;
    role(&rig, json!({ "token_policies": ["team-{{ .team }}", "{{ .raw }}"], "token_policies_template_claims": true }))
        .await;
    let login = |raw: &str| {
        let jwt = signer.sign(json!({ "sub": "a", "aud": "vault", "team": "x", "raw": raw }));
        json!({ "role": "ci", "jwt": jwt })
    };
    assert_eq!(rig.login(LOGIN, login("own")).await.unwrap(), ["default", "own", "team-x"]);
    assert_eq!(rig.login(LOGIN, login("")).await.unwrap(), ["default", "team-x"]);
    for raw in ["root", "ROOT", " Root", "root\t", "response-wrapping"] {
        assert_eq!(rig.login(LOGIN, login(raw)).await.unwrap_err().0, FaultKind::Invalid, "{raw:?}");
    }
}

#[tokio::test]
async fn v064_only_what_was_signed_counts() {
    let signer = Signer::new();
    let rig = with_key(&signer).await;
    role(&rig, json!({ "bound_subject": "admin", "bound_claims": { "project": "alpha" } })).await;
    let mut body = shown(&signer);
    for (name, value) in [("sub", "admin"), ("project", "alpha"), ("bound_subject", "a")] {
        body[name] = json!(value);
    }
    assert_eq!(rig.login(LOGIN, body).await, invalid("error validating token: invalid subject (sub) claim"));
}

#[tokio::test]
async fn d17_wrong_types_are_a_clients_mistake() {
    let signer = Signer::new();
    let rig = with_key(&signer).await;
    role(&rig, json!({})).await;
    let wrong = [json!(1), json!([]), json!({}), json!(true), json!(["a", "b"]), json!({ "a": 1 })];
    for value in wrong {
        for body in [json!({ "role": value, "jwt": "a.b.c" }), json!({ "role": "ci", "jwt": value })] {
            assert_eq!(rig.login(LOGIN, body.clone()).await.unwrap_err().0, FaultKind::Invalid, "{body}");
        }
        for name in ["jwks_url", "jwt_validation_pubkeys", "provider_config", "oidc_discovery_url"] {
            assert_eq!(rig.refused("auth/jwt/config", json!({ name: value })).await.0, FaultKind::Invalid);
        }
    }
}
