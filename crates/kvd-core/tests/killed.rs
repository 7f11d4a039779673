//! A vault that is killed right before or right after any durable step of a change: afterwards the old state is there
//! or the new one, and shares that somebody holds open it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what cannot be unwrapped fails the test")]

use bytes::Bytes;
use futures_util::future::BoxFuture;
use kvd_core::Vault;
use kvd_storage::{MemoryStore, Peek, Record, Store, StoreError, Table, TxWork};
use kvd_testkit::TestVault;
use kvd_types::{Operation, Secret};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const DELETE: Operation = Operation::Delete;
const READ: Operation = Operation::Read;
const WRITE: Operation = Operation::Write;

/// When the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// Right before the transaction of that number becomes durable.
    Before(u32),
    /// Right after it, so that nobody learns of it.
    After(u32),
}

#[derive(Default)]
struct Fate {
    death: Option<Death>,
    steps: u32,
    dead: bool,
}

/// A store whose process can be killed: from then on nothing works, until somebody starts another one.
struct Mortal {
    inner: MemoryStore,
    fate: Mutex<Fate>,
}

impl Mortal {
    fn new() -> Arc<Self> {
        Arc::new(Self { inner: MemoryStore::in_memory().unwrap(), fate: Mutex::default() })
    }

    fn doom(&self, death: Death) {
        *self.fate.lock().unwrap() = Fate { death: Some(death), ..Fate::default() };
    }

    /// Starts another process over the same disk; says whether the last one was killed.
    fn revive(&self) -> bool {
        std::mem::take(&mut *self.fate.lock().unwrap()).dead
    }

    fn read(&self, table: Table) -> Result<(), StoreError> {
        if self.fate.lock().unwrap().dead {
            return Err(StoreError::Read { table, source: "the process is dead".into() });
        }
        Ok(())
    }

    /// Takes the next durable step; whether it is done, and whether its answer arrives.
    fn step(&self) -> (bool, bool) {
        let mut fate = self.fate.lock().unwrap();
        if fate.dead {
            return (false, false);
        }
        fate.steps += 1;
        let (done, answered) = match fate.death {
            Some(Death::Before(step)) if step == fate.steps => (false, false),
            Some(Death::After(step)) if step == fate.steps => (true, false),
            Some(Death::Before(_) | Death::After(_)) | None => (true, true),
        };
        fate.dead = !answered;
        (done, answered)
    }
}

impl Store for Mortal {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        self.read(table)?;
        self.inner.peek(table, key)
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(async move {
            self.read(table)?;
            self.inner.get(table, key).await
        })
    }

    fn scan<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Record>, StoreError>> {
        Box::pin(async move {
            self.read(table)?;
            self.inner.scan(table, prefix, after, limit).await
        })
    }

    fn transact(&self, work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let lost = || Err(StoreError::Commit { source: "the process is dead".into() });
            match self.step() {
                (true, true) => self.inner.transact(work).await,
                (true, false) => self.inner.transact(work).await.and(lost()),
                (false, _) => lost(),
            }
        })
    }
}

/// What everything looks like from outside: the mounts, the secrets in them, and the term of the data key.
async fn state(vault: &TestVault, copy: &Vault) -> String {
    let ask = async |path: &str| match vault.call_on(copy, "root", READ, path, json!({})).await {
        Ok(answer) => answer.data,
        Err(fault) => json!(fault.public),
    };
    let names = |value: Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
    let mut seen = vec![json!(names(ask("sys/mounts").await)), json!(names(ask("sys/auth").await))];
    seen.push(ask("sys/key-status").await["term"].clone());
    for path in ["secret/data/a", "old/a", "new/a", "auth/people/users/ann"] {
        seen.push(ask(path).await["data"]["k"].clone());
        seen.push(ask(path).await["k"].clone());
    }
    json!(seen).to_string()
}

/// A change, made by calls; gives the shares that it made known.
type Change = for<'v> fn(&'v TestVault) -> BoxFuture<'v, Option<Vec<String>>>;

async fn prepare(store: &Arc<Mortal>) -> TestVault {
    let vault = TestVault::over(Arc::clone(store) as Arc<dyn Store>).await;
    for (path, body) in [
        ("secret/data/a", json!({ "data": { "k": "v" } })),
        ("sys/mounts/old", json!({ "type": "kv" })),
        ("old/a", json!({ "k": "moved" })),
        ("sys/auth/people", json!({ "type": "userpass" })),
    ] {
        vault.call("root", WRITE, path, body).await.unwrap();
    }
    vault
}

/// Kills the vault at every step of the change, and starts it anew.
async fn check(name: &str, change: Change) {
    let store = Mortal::new();
    let vault = prepare(&store).await;
    let before = state(&vault, &vault.vault).await;
    change(&vault).await;
    let after = state(&vault, &vault.vault).await;
    let mut deaths = 0;
    for death in (1..40).flat_map(|step| [Death::Before(step), Death::After(step)]) {
        let store = Mortal::new();
        let vault = prepare(&store).await;
        store.doom(death);
        let shares = change(&vault).await.unwrap_or_default();
        if !store.revive() {
            assert!(deaths > 0, "{name}: there was no durable step");
            return;
        }
        deaths += 1;
        let (old, new) = (vault.restarted(), vault.restarted());
        // A single share may also be accepted as the first of several.
        let _ = old.unseal(&vault.unseal_key).await;
        let opened = if vault.call_on(&old, "root", READ, "sys/key-status", json!({})).await.is_ok() {
            old
        } else {
            for share in shares {
                new.unseal(&Secret::new(share)).await.unwrap();
            }
            new
        };
        let found = state(&vault, &opened).await;
        assert!(found == before || found == after, "{name}, {death:?}: {found}\n{before}\n{after}");
    }
    panic!("{name}: the change never ends");
}

async fn call(vault: &TestVault, operation: Operation, path: &str, body: Value) -> Value {
    vault.call("root", operation, path, body).await.map(|answer| answer.data).unwrap_or_default()
}

#[tokio::test]
async fn d01_rotation_and_root_tokens() {
    check("rotate", |vault| {
        Box::pin(async move {
            call(vault, WRITE, "sys/rotate", json!({})).await;
            None
        })
    })
    .await;
    check("root generation", |vault| {
        Box::pin(async move {
            let started = call(vault, WRITE, "sys/generate-root/attempt", json!({})).await;
            let given = json!({ "key": vault.unseal_key.expose(), "nonce": started["nonce"] });
            call(vault, WRITE, "sys/generate-root/update", given).await;
            None
        })
    })
    .await;
}

#[tokio::test]
async fn d01_a_rekey_whose_shares_are_proved_before_they_count() {
    check("rekey", |vault| {
        Box::pin(async move {
            let wish = json!({ "secret_shares": 2, "secret_threshold": 2, "require_verification": true });
            let nonce = call(vault, WRITE, "sys/rekey/init", wish).await["nonce"].clone();
            let given = json!({ "key": vault.unseal_key.expose(), "nonce": nonce });
            let made = call(vault, WRITE, "sys/rekey/update", given).await;
            let keys: Vec<String> = serde_json::from_value(made["keys"].clone()).ok()?;
            for key in &keys {
                let proof = json!({ "key": key, "nonce": made["verification_nonce"] });
                call(vault, WRITE, "sys/rekey/verify", proof).await;
            }
            Some(keys)
        })
    })
    .await;
}

#[tokio::test]
async fn d01_mounts_come_and_go_whole() {
    check("enable", |vault| {
        Box::pin(async move {
            call(vault, WRITE, "sys/mounts/new", json!({ "type": "kv" })).await;
            None
        })
    })
    .await;
    check("enable auth", |vault| {
        Box::pin(async move {
            call(vault, WRITE, "sys/auth/more", json!({ "type": "userpass" })).await;
            None
        })
    })
    .await;
    check("disable", |vault| {
        Box::pin(async move {
            call(vault, DELETE, "sys/mounts/old", json!({})).await;
            None
        })
    })
    .await;
    check("disable auth", |vault| {
        Box::pin(async move {
            call(vault, DELETE, "sys/auth/people", json!({})).await;
            None
        })
    })
    .await;
}

#[tokio::test]
async fn d01_a_moved_mount_is_at_one_place_or_the_other() {
    check("remount", |vault| {
        Box::pin(async move {
            let started = call(vault, WRITE, "sys/remount", json!({ "from": "old", "to": "new" })).await;
            let id = started["migration_id"].as_str()?.to_owned();
            // The move runs beside the call; it ends, or the process does.
            for _ in 0..10_000 {
                let status = call(vault, READ, &format!("sys/remount/status/{id}"), json!({})).await;
                if status["migration_info"]["status"] != "in-progress" {
                    break;
                }
                tokio::task::yield_now().await;
            }
            None
        })
    })
    .await;
}

#[tokio::test]
async fn d01_initialising_leaves_no_half_of_a_vault() {
    let made = TestVault::start().await;
    let mut deaths = 0;
    for death in (1..40).flat_map(|step| [Death::Before(step), Death::After(step)]) {
        let store = Mortal::new();
        let start = || made.beside(Arc::clone(&store) as Arc<dyn Store>);
        store.doom(death);
        let outcome = start().initialize_single().await;
        if !store.revive() {
            assert!(deaths > 0 && outcome.is_ok());
            return;
        }
        deaths += 1;
        let again = start();
        // Either there is no vault yet, and one can be made; or there is one, and that is said.
        match again.is_initialized().await.unwrap() {
            false => drop(again.initialize_single().await.unwrap()),
            true => assert!(again.initialize_single().await.is_err()),
        }
    }
    panic!("initialising never ends");
}
