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
    served: Arc<AtomicU64>,
}

impl Readers {
    fn start(vault: &Arc<TestVault>, token: &str, path: &'static str) -> Self {
        let new = Self {
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
                        Err(fault) => fault.kind != FaultKind::PermissionDenied,
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
            assert_eq!(fault.kind, FaultKind::PermissionDenied);
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
