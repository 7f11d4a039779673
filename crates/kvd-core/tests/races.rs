//! Changes of rights against calls in flight: no call that begins after a change was answered is judged by the old state.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_testkit::TestVault;
use kvd_types::{FaultKind, Operation};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

const WRITE: Operation = Operation::Write;
const READ: Operation = Operation::Read;
const ROUNDS: usize = 30;
const READERS: usize = 4;

/// Keeps calling in several tasks while `ended` is what it is, and counts calls that began after the end and got through.
struct Readers {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    ended: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    late: Arc<AtomicU64>,
    /// How calls are refused once it is over.
    refusal: FaultKind,
    served: Arc<AtomicU64>,
}

impl Readers {
    fn start(vault: &Arc<TestVault>, token: &str, path: &'static str) -> Self {
        Self::until(vault, token, path, FaultKind::PermissionDenied)
    }

    fn until(vault: &Arc<TestVault>, token: &str, path: &'static str, refusal: FaultKind) -> Self {
        let new = Self {
            refusal,
            tasks: Vec::new(),
            ended: Arc::default(),
            stop: Arc::default(),
            late: Arc::default(),
            served: Arc::default(),
        };
        let tasks = (0..READERS).map(|_| {
            let (vault, token) = (Arc::clone(vault), token.to_owned());
            let (ended, stop) = (Arc::clone(&new.ended), Arc::clone(&new.stop));
            let (late, served) = (Arc::clone(&new.late), Arc::clone(&new.served));
            tokio::spawn(async move {
                while !stop.load(Ordering::Acquire) {
                    let began_after = ended.load(Ordering::Acquire);
                    let passed = match vault.call(&token, READ, path, Value::Null).await {
                        Ok(_) => true,
                        Err(fault) => fault.kind != refusal,
                    };
                    served.fetch_add(u64::from(passed), Ordering::Relaxed);
                    late.fetch_add(u64::from(passed && began_after), Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            })
        });
        let tasks = tasks.collect();
        Self { tasks, ..new }
    }

    /// Lets every reader get through a few times first, so that the change finds calls in flight.
    async fn warm_up(&self) {
        while self.served.load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
    }

    async fn judge(self, vault: &TestVault, token: &str, path: &str) {
        self.ended.store(true, Ordering::Release);
        for _ in 0..20 {
            let fault = vault.call(token, READ, path, Value::Null).await.unwrap_err();
            assert_eq!(fault.kind, self.refusal);
            tokio::task::yield_now().await;
        }
        self.stop.store(true, Ordering::Release);
        for task in self.tasks {
            task.await.unwrap();
        }
        assert_eq!(self.late.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revoked_token_is_refused_from_the_moment_of_the_answer() {
    let vault = Arc::new(TestVault::start().await);
    for round in 0..ROUNDS {
        let parent = vault.token(&["default"]).await;
        let token = match round % 2 {
            0 => parent.clone(),
            _ => {
                vault.policy("tree", r#"path "auth/token/create" { capabilities = ["update"] }"#).await;
                let tree = vault.token(&["tree"]).await;
                let child = vault.token_of(&tree, json!({ "policies": ["default"] })).await;
                let readers = Readers::start(&vault, &child, "auth/token/lookup-self");
                readers.warm_up().await;
                vault.call("root", WRITE, "auth/token/revoke", json!({ "token": tree })).await.unwrap();
                readers.judge(&vault, &child, "auth/token/lookup-self").await;
                continue;
            }
        };
        let readers = Readers::start(&vault, &token, "auth/token/lookup-self");
        readers.warm_up().await;
        vault.call("root", WRITE, "auth/token/revoke", json!({ "token": token })).await.unwrap();
        readers.judge(&vault, &token, "auth/token/lookup-self").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_changed_policy_holds_from_the_moment_of_the_answer() {
    let vault = Arc::new(TestVault::start().await);
    vault.call("root", WRITE, "secret/data/x", json!({ "data": { "a": "b" } })).await.unwrap();
    for round in 0..ROUNDS {
        vault.policy("p", r#"path "secret/data/x" { capabilities = ["read"] }"#).await;
        let token = vault.token(&["p"]).await;
        let readers = Readers::start(&vault, &token, "secret/data/x");
        readers.warm_up().await;
        match round % 2 {
            0 => vault.policy("p", r#"path "secret/data/x" { capabilities = ["deny"] }"#).await,
            _ => {
                vault.call("root", Operation::Delete, "sys/policies/acl/p", Value::Null).await.unwrap();
            }
        }
        readers.judge(&vault, &token, "secret/data/x").await;
    }
}

/// What is changed of the identity behind a token that can read `secret/data/x` only because of it.
const IDENTITY_CHANGES: [(&str, fn(&str, &str) -> (Operation, String, Value)); 5] = [
    ("the entity is disabled", |entity, _| {
        (WRITE, format!("identity/entity/id/{entity}"), json!({ "disabled": true }))
    }),
    ("the entity is deleted", |entity, _| {
        (Operation::Delete, format!("identity/entity/id/{entity}"), Value::Null)
    }),
    ("the entity leaves the group", |_, group| {
        (WRITE, format!("identity/group/id/{group}"), json!({ "member_entity_ids": [] }))
    }),
    ("the group loses its policies", |_, group| {
        (WRITE, format!("identity/group/id/{group}"), json!({ "policies": [] }))
    }),
    ("the group is deleted", |_, group| {
        (Operation::Delete, format!("identity/group/id/{group}"), Value::Null)
    }),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_identity_holds_from_the_moment_of_the_answer() {
    let vault = Arc::new(TestVault::start().await);
    vault.call("root", WRITE, "secret/data/x", json!({ "data": { "a": "b" } })).await.unwrap();
    vault.call("root", WRITE, "sys/auth/approle", json!({ "type": "approle" })).await.unwrap();
    let role = json!({ "role_id": "r", "bind_secret_id": false, "secret_id_bound_cidrs": "127.0.0.0/8" });
    vault.call("root", WRITE, "auth/approle/role/r", role).await.unwrap();
    vault.policy("p", r#"path "secret/data/x" { capabilities = ["read"] }"#).await;
    for (_, change) in IDENTITY_CHANGES.iter().cycle().take(ROUNDS) {
        let login = vault.call("", WRITE, "auth/approle/login", json!({ "role_id": "r" })).await;
        let auth = login.unwrap().auth.unwrap();
        let (token, entity) = (auth.client_token.unwrap().expose().clone(), auth.entity_id);
        let body = json!({ "member_entity_ids": [entity], "policies": ["p"] });
        let made = vault.call("root", WRITE, "identity/group", body).await.unwrap();
        let group = made.data["id"].as_str().unwrap().to_owned();
        let readers = Readers::start(&vault, &token, "secret/data/x");
        readers.warm_up().await;
        let (operation, path, body) = change(&entity, &group);
        vault.call("root", operation, &path, body).await.unwrap();
        readers.judge(&vault, &token, "secret/data/x").await;
        vault
            .call("root", Operation::Delete, &format!("identity/group/id/{group}"), Value::Null)
            .await
            .unwrap();
        let path = format!("identity/entity/id/{entity}");
        vault.call("root", Operation::Delete, &path, Value::Null).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sealed_vault_answers_nothing_from_the_moment_of_the_answer() {
    let vault = Arc::new(TestVault::start().await);
    vault.call("root", WRITE, "secret/data/x", json!({ "data": { "a": "b" } })).await.unwrap();
    let token = vault.token(&["default"]).await;
    for round in 0..ROUNDS / 3 {
        let (token, path) = match round % 2 {
            0 => (token.as_str(), "auth/token/lookup-self"),
            _ => ("root", "secret/data/x"),
        };
        let readers = Readers::until(&vault, token, path, FaultKind::Sealed);
        readers.warm_up().await;
        vault.call("root", WRITE, "sys/seal", json!({})).await.unwrap();
        readers.judge(&vault, token, path).await;
        vault.vault.unseal(&vault.unseal_key).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_login_ends_from_the_moment_its_mount_is_gone() {
    let vault = Arc::new(TestVault::start().await);
    for kind in ["service", "batch", "service", "batch"] {
        let write = async |path: &str, body: Value| vault.call("root", WRITE, path, body).await.unwrap();
        write("sys/auth/approle", json!({ "type": "approle" })).await;
        write("auth/approle/role/r", json!({ "token_type": kind })).await;
        let role = vault.call("root", READ, "auth/approle/role/r/role-id", Value::Null).await.unwrap();
        let secret = write("auth/approle/role/r/secret-id", json!({})).await;
        let shown = json!({ "role_id": role.data["role_id"], "secret_id": secret.data["secret_id"] });
        let login = vault.call("", WRITE, "auth/approle/login", shown).await.unwrap();
        let token = login.auth.unwrap().client_token.unwrap().expose().clone();
        let readers = Readers::start(&vault, &token, "auth/token/lookup-self");
        readers.warm_up().await;
        vault.call("root", Operation::Delete, "sys/auth/approle", Value::Null).await.unwrap();
        readers.judge(&vault, &token, "auth/token/lookup-self").await;
    }
}
