//! Times what a request pays for the barrier: one record sealed, and one opened, names included.
//!
//! `cargo run --release -p kvd-barrier --example speed`. The store underneath holds one row and does nothing else.

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use kvd_barrier::{Barrier, LockPolicy, ShareParams};
use kvd_storage::{Peek, Slot, Store, StoreError, Table, Tx, TxWork, Verdict, View};
use kvd_types::{NamespaceId, SystemClock, SystemEntropy, ViewId};
use std::{
    collections::HashMap,
    hint::black_box,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

const BATCHES: u32 = 2_000;
const BATCH: u32 = 50;

type Rows = HashMap<Bytes, Bytes>;

#[derive(Default)]
struct Shelf(Mutex<Rows>);

impl Shelf {
    fn row(&self, key: &[u8]) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

struct Direct<'a>(&'a mut Rows);

impl Tx for Direct<'_> {
    fn get(&mut self, _: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(
        &mut self,
        _: Table,
        _: &[u8],
        _: Option<&[u8]>,
        _: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        Ok(Vec::new())
    }

    fn put(&mut self, _: Table, key: Bytes, value: Bytes) {
        self.0.insert(key, value);
    }

    fn delete(&mut self, _: Table, _: Bytes) {}

    fn delete_prefix(&mut self, _: Table, _: Bytes) {}
}

impl Store for Shelf {
    fn peek(&self, _: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        Ok(Peek::Known(self.row(key)))
    }

    fn get<'a>(&'a self, _: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        async move { Ok(self.row(key)) }.boxed()
    }

    fn scan<'a>(
        &'a self,
        _: Table,
        _: &'a [u8],
        _: Option<&'a [u8]>,
        _: usize,
    ) -> BoxFuture<'a, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn transact(&self, mut work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        async move { work(&mut Direct(&mut rows)).map(drop) }
            .now_or_never()
            .map_or_else(|| async { Err(StoreError::Closed) }.boxed(), |result| async { result }.boxed())
    }
}

/// The mean of the best of many short batches, in nanoseconds: what the work costs when nobody else has the processor.
fn best<E>(mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let mut best = f64::INFINITY;
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..BATCH {
            work()?;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH));
    }
    Ok(best)
}

fn done<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    future.now_or_never().ok_or_else(|| anyhow::anyhow!("nothing here waits"))
}

#[expect(clippy::print_stdout, reason = "an example prints its figures")]
fn main() -> anyhow::Result<()> {
    let store = Arc::new(Shelf::default());
    let made = done(Barrier::initialize(&*store, &SystemEntropy, &SystemClock, ShareParams::new(1, 1)?))??;
    let entropy = Arc::new(SystemEntropy);
    let barrier = done(Barrier::unseal(store, entropy, &made.key, LockPolicy::Attempt))??;
    let view = barrier.view(NamespaceId::ROOT, ViewId::fixed(1));
    let slot = Slot::at(Table::Heads, "team/application/database");
    for size in [64, 256, 1024, 16_384] {
        let value = vec![7; size];
        // Sealing is timed inside one transaction: what a commit costs is the store's affair.
        let place = Arc::new(Mutex::new(0.0));
        let result = Arc::clone(&place);
        done(view.transact(Box::new(move |tx| {
            let nanoseconds = best(|| tx.put(slot, black_box(&value)).map(drop))?;
            *result.lock().unwrap_or_else(PoisonError::into_inner) = nanoseconds;
            Ok(Verdict::Commit)
        })))??;
        let seal = *place.lock().unwrap_or_else(PoisonError::into_inner);
        let open = best(|| view.peek(slot).map(|opened| drop(black_box(opened))))?;
        println!("{size:>6} bytes: seal and put {seal:>6.0} ns, peek and open {open:>6.0} ns");
    }
    Ok(())
}
