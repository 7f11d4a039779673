//! The exam that every store takes: `kvd_storage::suite::run(|| build_a_store()).await`.
//!
//! It fails by panicking, with the seed in the message where chance was involved.
#![expect(clippy::unwrap_used, clippy::panic, reason = "an exam fails by panicking")]

mod basics;
mod concurrency;
mod dice;
mod listing;
mod model;
mod script;
mod transactions;

pub use self::dice::Dice;

use crate::Store;
use std::sync::Arc;

/// Puts stores made by `build`, each of them empty and apart from the others, through the whole exam.
///
/// It wants a runtime with several threads.
///
/// # Panics
/// When a store breaks one of its promises.
pub async fn run(build: impl Fn() -> Arc<dyn Store>) {
    basics::run(&build).await;
    transactions::run(&build).await;
    listing::run(&build).await;
    concurrency::run(&build).await;
    model::run(&build).await;
}
