//! Random operations, on the engine and on a model of it that is too simple to be wrong.

use super::rig;
use crate::testing::{Rig, now};
use kvd_testkit::{
    Told,
    model::kv2::{Game, Mount},
};
use kvd_types::{Clock, Operation, Timestamp};

impl Mount for Rig {
    async fn call(&mut self, operation: Operation, path: &str, body: &str) -> Told {
        let answer = Self::call(self, operation, path, body);
        Told { status: answer.status, text: answer.text }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance(&mut self, seconds: u64) {
        Self::advance(self, seconds);
    }
}

#[test]
fn random_operations_answer_as_the_model_does() {
    for seed in 0..12 {
        let mut game = Game::new(rig(), seed);
        for _ in 0..200 {
            now(game.step());
        }
    }
}

/// What commits fail at each of the first places; the view forgets a failed transaction as a whole.
#[test]
fn a_step_whose_store_fails_counts_wholly_or_not_at_all() {
    for seed in 0..6 {
        let mut game = Game::new(rig(), seed);
        let mut failed = 0;
        for step in 0..150 {
            let memory = game.mount.memory.clone();
            *memory.commits_left.lock().unwrap() = (step % 3 > 0).then_some(step % 2);
            failed += u32::from(now(game.step_or_fail(|| *memory.commits_left.lock().unwrap() = None)));
        }
        assert!(failed > 10, "only {failed} steps met a failure");
    }
}
