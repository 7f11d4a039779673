//! The store in memory takes the exam.

use kvd_storage::{MemoryStore, suite};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_passes() {
    suite::run(|| Arc::new(MemoryStore::in_memory().unwrap())).await;
}
