//! Version 2 of `kv` in a whole vault, against its model, over each store, and over stores that fail.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_storage::{MemoryStore, Store};
use kvd_storage_rocksdb::{Options, RocksStore};
use kvd_testkit::{
    FaultStore, Faults, SeededEntropy, TestVault, Told,
    model::kv2::{Game, Mount},
};
use kvd_types::{Clock, Operation, Timestamp};
use std::{sync::Arc, time::Duration};

struct Secret(TestVault);

impl Mount for Secret {
    async fn call(&mut self, operation: Operation, path: &str, body: &str) -> Told {
        let body = if body.is_empty() { "null" } else { body };
        let body = serde_json::from_str(body).unwrap();
        let call = self.0.request("root", operation, &format!("secret/{path}"), &body);
        Told::of(&self.0.vault.serve(call).await)
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn advance(&mut self, seconds: u64) {
        self.0.clock.advance(Duration::from_secs(seconds));
    }
}

async fn play(store: Arc<dyn Store>, seed: u64, steps: u32) {
    let mut game = Game::new(Secret(TestVault::over(store).await), seed);
    for _ in 0..steps {
        game.step().await;
    }
}

#[tokio::test]
async fn over_the_store_in_memory_a_vault_answers_as_the_model_does() {
    for seed in 100..103 {
        play(Arc::new(MemoryStore::in_memory().unwrap()), seed, 120).await;
    }
}

#[tokio::test]
async fn over_rocksdb_a_vault_answers_as_the_model_does() {
    for seed in 200..202 {
        let folder = tempfile::tempdir().unwrap();
        play(Arc::new(RocksStore::open(folder.path(), &Options::default()).unwrap()), seed, 120).await;
    }
}

/// The ways in which a commit can fail: without effect, or with its effect but without its answer; and a read.
const FAILURES: [fn(&Faults, u64); 4] =
    [Faults::refuse_commit, Faults::fail_commit, Faults::lose_answer, Faults::fail_read];

async fn play_with_failures(store: Arc<dyn Store>, seed: u64, steps: u32) {
    let faults = Faults::default();
    let vault = TestVault::over(Arc::new(FaultStore::new(store, faults.clone()))).await;
    let mut game = Game::new(Secret(vault), seed);
    let dice = SeededEntropy::new(seed + 1);
    let mut failed = 0;
    for _ in 0..steps {
        dice.pick(&FAILURES)(&faults, dice.below(4));
        failed += u32::from(game.step_or_fail(|| faults.clear()).await);
    }
    assert!(failed > steps / 10, "only {failed} of {steps} steps met a failure");
}

#[tokio::test]
async fn over_a_failing_store_in_memory_nothing_counts_by_half() {
    for seed in 300..304 {
        play_with_failures(Arc::new(MemoryStore::in_memory().unwrap()), seed, 120).await;
    }
}

#[tokio::test]
async fn over_a_failing_rocksdb_nothing_counts_by_half() {
    let folder = tempfile::tempdir().unwrap();
    play_with_failures(Arc::new(RocksStore::open(folder.path(), &Options::default()).unwrap()), 400, 120)
        .await;
}
