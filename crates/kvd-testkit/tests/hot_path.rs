//! What calls may cost, counted: allocations and reads of the store for a hot read, flushes for a write.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_edge::{Connection, memory};
use kvd_http::{Gateway, ListenerSettings};
use kvd_storage::{Cached, EmbeddedStore, Memory};
use kvd_testkit::{FaultEngine, Faults, TestVault};
use kvd_types::{Operation, SystemEntropy};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    runtime::Runtime,
};

type Store = EmbeddedStore<Cached<FaultEngine<Memory>>>;

/// A vault with a secret of 1 KB that an ordinary token has just read.
struct Scene {
    runtime: Runtime,
    vault: TestVault,
    store: Arc<Store>,
    faults: Faults,
    token: String,
}

const SECRET: &str = "secret/data/app/s";

impl Scene {
    fn new() -> Self {
        let faults = Faults::default();
        let engine = FaultEngine::new(Memory::default(), faults.clone());
        let store = Arc::new(EmbeddedStore::new(Cached::new(engine, 16 << 20)).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (vault, token) = runtime.block_on(async {
            let vault = TestVault::over(store.clone()).await;
            let rules: String = (0..9)
                .map(|n| format!("path \"secret/data/p{n}/*\" {{ capabilities = [\"read\"] }}\n"))
                .collect();
            let own = "path \"secret/data/app/*\" { capabilities = [\"create\", \"read\", \"update\"] }";
            vault.policy("ten", &format!("{rules}{own}")).await;
            let token = vault.token(&["ten"]).await;
            let data = json!({ "data": { "value": "x".repeat(1024) } });
            vault.call("root", Operation::Write, SECRET, data).await.unwrap();
            for _ in 0..3 {
                vault.call(&token, Operation::Read, SECRET, Value::Null).await.unwrap();
            }
            (vault, token)
        });
        Self { runtime, vault, store, faults, token }
    }

    fn call(&self, operation: Operation, path: &str, body: Value) -> Value {
        self.runtime.block_on(self.vault.call("root", operation, path, body)).unwrap().data
    }

    /// How often the store flushes for `work`.
    fn flushes(&self, work: impl FnOnce(&Self)) -> u64 {
        let before = self.store.counters().flushes;
        work(self);
        self.store.counters().flushes - before
    }
}

/// Allocations of `work`, which is done `times` times, for each time.
fn allocations(times: u64, work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total / times
}

#[test]
fn a_hot_read_takes_at_most_12_allocations_in_the_vault() {
    const TIMES: u64 = 100;
    let scene = Scene::new();
    let request = || scene.vault.request(&scene.token, Operation::Read, SECRET, &Value::Null);
    let calls: Vec<_> = (0..TIMES).map(|_| request()).collect();
    let each = allocations(TIMES, || {
        scene.runtime.block_on(async {
            for call in calls {
                scene.vault.vault.serve(call).await.unwrap();
            }
        });
    });
    assert!((1..=VAULT).contains(&each), "{each}");
}

/// Sends a request over a connection inside the process and takes its whole answer.
async fn exchange(client: &mut DuplexStream, request: &[u8], answer: &mut [u8]) {
    client.write_all(request).await.unwrap();
    let mut length = 0;
    while !answer[..length].ends_with(b"}\n") {
        length += client.read(&mut answer[length..]).await.unwrap();
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_hot_read_takes_few_allocations_from_the_bytes_of_the_request_to_those_of_the_answer() {
    const TIMES: u64 = 100;
    let scene = Scene::new();
    let request =
        format!("GET /v1/{SECRET} HTTP/1.1\r\nHost: localhost\r\nX-Vault-Token: {}\r\n\r\n", scene.token);
    let mut answer = [0; 4096];
    let settings = ListenerSettings::default();
    let gateway = Gateway::new(scene.vault.vault.clone(), &settings, Arc::new(SystemEntropy));
    let mut client = scene.runtime.block_on(async {
        let mut client = memory::connect(gateway, settings, Connection::default());
        exchange(&mut client, request.as_bytes(), &mut answer).await;
        client
    });
    let each = allocations(TIMES, || {
        scene.runtime.block_on(async {
            for _ in 0..TIMES {
                exchange(&mut client, request.as_bytes(), &mut answer).await;
            }
        });
    });
    assert!((1..=EXCHANGE).contains(&each), "{each}");
}

/// With hyper's own: those for the buffer, and for names and values of headers.
const EXCHANGE: u64 = 24;
const VAULT: u64 = 12;

#[test]
fn a_hot_read_reads_nothing_from_the_store() {
    let scene = Scene::new();
    let read = |path| {
        scene.faults.fail_read(1);
        scene.runtime.block_on(scene.vault.call(&scene.token, Operation::Read, path, Value::Null))
    };
    for _ in 0..3 {
        read(SECRET).unwrap();
    }
    // What is not in memory shows that the failure was lying in wait.
    assert!(read("secret/data/app/other").is_err());
}

#[test]
fn what_is_answered_together_is_flushed_once() {
    let scene = Scene::new();
    let write = Operation::Write;
    scene.call(write, "sys/auth/approle", json!({ "type": "approle" }));
    scene.call(write, "auth/approle/role/app", json!({ "token_policies": ["ten"] }));
    let role = scene.call(Operation::Read, "auth/approle/role/app/role-id", Value::Null);
    let secret = scene.call(write, "auth/approle/role/app/secret-id", json!({}));
    let login = json!({ "role_id": role["role_id"], "secret_id": secret["secret_id"] });
    for (path, body) in [
        ("secret/data/app/new", json!({ "data": { "value": "x" } })),
        ("secret/data/app/new", json!({ "data": { "value": "y" } })),
        ("auth/token/create", json!({ "policies": ["ten"], "ttl": "1h" })),
        ("auth/approle/login", login),
    ] {
        assert_eq!(scene.flushes(|scene| drop(scene.call(write, path, body))), 1, "{path}");
    }
    assert_eq!(scene.flushes(|scene| drop(scene.call(Operation::Read, SECRET, Value::Null))), 0);
}
