//! Logins inside a whole vault: what they give, what refuses them, and what they leave behind.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use kvd_testkit::TestVault;
use kvd_types::{Fault, FaultKind, Operation as Op};
use serde_json::{Value, json};
use std::time::Duration;

struct Rig(TestVault);

impl Rig {
    async fn with(method: &str) -> Self {
        let rig = Self(TestVault::start().await);
        rig.root(Op::Write, &format!("sys/auth/{method}"), json!({ "type": method })).await;
        rig
    }

    async fn root(&self, operation: Op, path: &str, body: Value) -> Value {
        self.0.call("root", operation, path, body).await.unwrap().data
    }

    /// Logs in and gives the token.
    async fn login(&self, path: &str, body: Value) -> Result<String, Fault> {
        let answer = self.0.call("", Op::Write, path, body).await?;
        Ok(answer.auth.unwrap().client_token.unwrap().expose().clone())
    }

    async fn refusal(&self, path: &str, body: Value) -> (FaultKind, String) {
        let fault = self.login(path, body).await.unwrap_err();
        (fault.kind, fault.public.concat())
    }

    async fn is_good(&self, token: &str) -> bool {
        self.0.call(token, Op::Read, "auth/token/lookup-self", json!({})).await.is_ok()
    }

    /// Makes a role and gives its id.
    async fn role(&self, name: &str, body: Value) -> String {
        self.root(Op::Write, &format!("auth/approle/role/{name}"), body).await;
        let data = self.root(Op::Read, &format!("auth/approle/role/{name}/role-id"), json!({})).await;
        data["role_id"].as_str().unwrap().to_owned()
    }

    /// Makes a secret id and gives it with its accessor.
    async fn secret(&self, role: &str, body: Value) -> (String, String) {
        let data = self.root(Op::Write, &format!("auth/approle/role/{role}/secret-id"), body).await;
        let text = |name: &str| data[name].as_str().unwrap().to_owned();
        (text("secret_id"), text("secret_id_accessor"))
    }
}

const APPROLE: &str = "auth/approle/login";
const WRONG: &str = "invalid role or secret ID";

fn shown(role_id: &str, secret_id: &str) -> Value {
    json!({ "role_id": role_id, "secret_id": secret_id })
}

#[tokio::test]
async fn v045_an_accessor_opens_nothing_of_another_role() {
    let rig = Rig::with("approle").await;
    rig.role("a", json!({})).await;
    let b = rig.role("b", json!({})).await;
    let (secret, accessor) = rig.secret("b", json!({})).await;
    let body = json!({ "secret_id_accessor": accessor });
    let path = "auth/approle/role/a/secret-id-accessor/destroy";
    let fault = rig.0.call("root", Op::Write, path, body.clone()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::PermissionDenied);
    let path = "auth/approle/role/a/secret-id-accessor/lookup";
    assert_eq!(rig.root(Op::Write, path, body).await, Value::Null);
    assert!(rig.login(APPROLE, shown(&b, &secret)).await.is_ok());
}

#[tokio::test]
async fn v046_a_secret_id_that_has_ended_is_refused_without_any_tidying() {
    let rig = Rig::with("approle").await;
    for uses in [0, 5] {
        let role = rig.role("r", json!({ "secret_id_ttl": 1, "secret_id_num_uses": uses })).await;
        let (secret, _) = rig.secret("r", json!({})).await;
        assert!(rig.login(APPROLE, shown(&role, &secret)).await.is_ok());
        rig.0.clock.advance(Duration::from_secs(2));
        assert_eq!(
            rig.refusal(APPROLE, shown(&role, &secret)).await,
            (FaultKind::WrongCredentials, WRONG.to_owned())
        );
    }
}

#[tokio::test]
async fn v047_wrong_types_are_a_clients_mistake() {
    let rig = Rig::with("approle").await;
    let role = rig.role("r", json!({})).await;
    for wrong in [json!(1), json!([]), json!({}), json!(null), json!(true), json!(["a", "b"])] {
        for body in
            [json!({ "role_id": wrong, "secret_id": "x" }), json!({ "role_id": role, "secret_id": wrong })]
        {
            assert_eq!(rig.refusal(APPROLE, body).await.0.codes().http, 400, "{wrong}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v048_of_logins_at_the_same_time_only_as_many_succeed_as_there_are_uses() {
    let rig = std::sync::Arc::new(Rig::with("approle").await);
    for uses in [1, 5] {
        let role = rig.role("r", json!({ "secret_id_num_uses": uses })).await;
        let (secret, _) = rig.secret("r", json!({})).await;
        let logins: Vec<_> = (0..40)
            .map(|_| {
                let (rig, body) = (std::sync::Arc::clone(&rig), shown(&role, &secret));
                tokio::spawn(async move { rig.login(APPROLE, body).await.is_ok() })
            })
            .collect();
        let mut made = 0;
        for login in logins {
            made += u32::from(login.await.unwrap());
        }
        assert_eq!(made, uses);
    }
}

#[tokio::test]
async fn v048_a_login_from_a_wrong_address_takes_no_use() {
    let rig = Rig::with("approle").await;
    let role = rig.role("r", json!({ "secret_id_num_uses": 1 })).await;
    let (secret, _) = rig.secret("r", json!({})).await;
    let path = "auth/approle/role/r/secret-id-bound-cidrs";
    rig.root(Op::Write, path, json!({ "secret_id_bound_cidrs": "10.0.0.0/8" })).await;
    assert!(rig.refusal(APPROLE, shown(&role, &secret)).await.1.contains("unauthorized by CIDR"));
    rig.root(Op::Delete, path, json!({})).await;
    assert!(rig.login(APPROLE, shown(&role, &secret)).await.is_ok());
    assert_eq!(rig.refusal(APPROLE, shown(&role, &secret)).await.1, WRONG);
}

#[tokio::test]
async fn v039_nobody_logs_in_from_outside_the_bound_addresses() {
    let rig = Rig::with("userpass").await;
    let body = json!({ "password": "pw", "token_bound_cidrs": "10.0.0.0/8" });
    rig.root(Op::Write, "auth/userpass/users/far", body).await;
    let (kind, _) = rig.refusal("auth/userpass/login/far", json!({ "password": "pw" })).await;
    assert_eq!(kind, FaultKind::PermissionDenied);
    let accessors = rig.root(Op::List, "auth/token/accessors", json!({})).await;
    assert_eq!(accessors["keys"].as_array().unwrap().len(), 1, "only the root token");
}

#[tokio::test]
async fn v023_no_login_gives_root_in_whatever_spelling() {
    let rig = Rig::with("approle").await;
    for policy in ["root", "ROOT", " Root", "root\t", "response-wrapping"] {
        let role = rig.role("r", json!({ "token_policies": ["a", policy] })).await;
        let (secret, _) = rig.secret("r", json!({})).await;
        assert_eq!(rig.refusal(APPROLE, shown(&role, &secret)).await.0, FaultKind::Invalid, "{policy:?}");
    }
}

#[tokio::test]
async fn tokens_go_with_the_mount_that_made_them() {
    let rig = Rig::with("approle").await;
    let role = rig.role("r", json!({})).await;
    let (secret, _) = rig.secret("r", json!({})).await;
    let token = rig.login(APPROLE, shown(&role, &secret)).await.unwrap();
    assert!(rig.is_good(&token).await);
    rig.root(Op::Delete, "sys/auth/approle", json!({})).await;
    assert!(!rig.is_good(&token).await);
}

#[tokio::test]
async fn nothing_of_a_deleted_role_is_good_for_a_later_one() {
    let rig = Rig::with("approle").await;
    rig.role("r", json!({ "role_id": "own" })).await;
    let (secret, _) = rig.secret("r", json!({})).await;
    rig.root(Op::Delete, "auth/approle/role/r", json!({})).await;
    rig.role("r", json!({ "role_id": "own" })).await;
    assert_eq!(rig.refusal(APPROLE, shown("own", &secret)).await.1, WRONG);
}

#[tokio::test]
async fn a_renewal_goes_by_the_role_as_it_is() {
    let rig = Rig::with("approle").await;
    let role = rig.role("r", json!({ "token_ttl": 600, "token_max_ttl": 1800 })).await;
    let (secret, _) = rig.secret("r", json!({})).await;
    let token = rig.login(APPROLE, shown(&role, &secret)).await.unwrap();
    rig.role("r", json!({ "token_ttl": 300 })).await;
    let renewed = rig.0.call(&token, Op::Write, "auth/token/renew-self", json!({})).await.unwrap();
    assert_eq!(renewed.auth.unwrap().lease_duration_seconds, 300);
    let body = json!({ "increment": "2h" });
    let renewed = rig.0.call(&token, Op::Write, "auth/token/renew-self", body).await.unwrap();
    assert_eq!((renewed.auth.unwrap().lease_duration_seconds, renewed.warnings.len()), (1800, 1));
    rig.root(Op::Delete, "auth/approle/role/r", json!({})).await;
    assert!(rig.0.call(&token, Op::Write, "auth/token/renew-self", json!({})).await.is_err());
}

#[tokio::test]
async fn v050_v051_names_are_locked_out_alike_and_in_every_spelling() {
    let rig = Rig::with("userpass").await;
    rig.root(Op::Write, "auth/userpass/users/bob", json!({ "password": "pw" })).await;
    for names in [["bob", "BOB", "Bob", "bOb", "boB"], ["ghost", "GHOST", "Ghost", "gHost", "ghosT"]] {
        for name in names {
            let path = format!("auth/userpass/login/{name}");
            let refusal = rig.refusal(&path, json!({ "password": "bad" })).await;
            assert_eq!(refusal, (FaultKind::WrongCredentials, "invalid username or password".to_owned()));
        }
        let path = format!("auth/userpass/login/{}", names[0]);
        let refusal = rig.refusal(&path, json!({ "password": "pw" })).await;
        assert_eq!(refusal, (FaultKind::PermissionDenied, "permission denied".to_owned()));
    }
    rig.0.clock.advance(Duration::from_secs(15 * 60));
    assert!(rig.login("auth/userpass/login/BOB", json!({ "password": "pw" })).await.is_ok());
}

#[tokio::test]
async fn v054_all_spellings_of_a_name_are_one_user() {
    let rig = Rig::with("userpass").await;
    rig.root(Op::Write, "auth/userpass/users/Bob", json!({ "password": "pw" })).await;
    for name in ["bob", "BOB"] {
        let path = format!("auth/userpass/login/{name}");
        let answer = rig.0.call("", Op::Write, &path, json!({ "password": "pw" })).await.unwrap();
        assert_eq!(answer.auth.unwrap().metadata.unwrap()["username"], "bob");
    }
}

#[tokio::test]
async fn d14_a_password_is_changed_in_whatever_spelling_of_the_name() {
    let rig = Rig::with("userpass").await;
    rig.root(Op::Write, "auth/userpass/users/mixedcase", json!({ "password": "old" })).await;
    rig.root(Op::Write, "auth/userpass/users/MixedCASE/password", json!({ "password": "new" })).await;
    rig.root(Op::Write, "auth/userpass/users/MIXEDcase/policies", json!({ "token_policies": "p" })).await;
    assert_eq!(rig.root(Op::List, "auth/userpass/users", json!({})).await["keys"], json!(["mixedcase"]));
    let path = "auth/userpass/login/Mixedcase";
    assert_eq!(rig.refusal(path, json!({ "password": "old" })).await.0, FaultKind::WrongCredentials);
    let answer = rig.0.call("", Op::Write, path, json!({ "password": "new" })).await.unwrap();
    assert_eq!(answer.auth.unwrap().token_policies, ["default", "p"]);
}

#[tokio::test]
async fn locked_names_are_shown_and_let_in_again_in_whatever_spelling() {
    let rig = Rig::with("userpass").await;
    rig.root(Op::Write, "auth/userpass/users/bob", json!({ "password": "pw" })).await;
    let long = "x".repeat(300);
    for name in ["bob", "ghost", &long] {
        for _ in 0..5 {
            rig.refusal(&format!("auth/userpass/login/{name}"), json!({ "password": "bad" })).await;
        }
    }
    let locked = rig.root(Op::Read, "sys/locked-users", json!({})).await;
    let mount = &locked["by_namespace"][0]["mount_accessors"][0];
    assert_eq!((&locked["total"], &mount["alias_identifiers"]), (&json!(2), &json!(["bob", "ghost"])));
    let accessor = mount["mount_accessor"].as_str().unwrap();
    rig.root(Op::Write, &format!("sys/locked-users/{accessor}/unlock/BOB"), json!({})).await;
    assert!(rig.login("auth/userpass/login/bob", json!({ "password": "pw" })).await.is_ok());
    assert_eq!(rig.root(Op::Read, "sys/locked-users", json!({})).await["total"], 1);
}
