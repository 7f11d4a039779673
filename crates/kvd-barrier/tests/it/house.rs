//! A store in memory that shows its bytes and fails on demand, and time and randomness that repeat themselves.

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use kvd_barrier::{Barrier, LockPolicy, Provided, ShareParams, Shares, UnsealKey, UnsealProgress};
use kvd_storage::{
    Listing, Peek, Slot, Stamp, Store, StoreError, Table, Tx, TxWork, Verdict, View, ViewTx, transact,
};
use kvd_types::{Clock, Entropy, EntropyError, NamespaceId, Secret, Timestamp, ViewId};
use std::{
    collections::BTreeMap,
    future::Future,
    ops::Bound,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub(crate) type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// All rows in one map. A transaction works on a copy, which replaces the rows when it commits.
#[derive(Default)]
pub(crate) struct ShownStore {
    pub(crate) rows: Mutex<Rows>,
    pub(crate) commits: AtomicU64,
    pub(crate) fail_commits: AtomicBool,
    /// Transactions run their work twice, as a store may.
    pub(crate) run_twice: AtomicBool,
}

impl ShownStore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    pub(crate) fn with(rows: Rows) -> Arc<Self> {
        Arc::new(Self { rows: Mutex::new(rows), ..Self::default() })
    }

    pub(crate) fn snapshot(&self) -> Rows {
        self.rows.lock().unwrap().clone()
    }

    pub(crate) fn change(&self, table: Table, key: &[u8], change: impl FnOnce(&mut Vec<u8>)) {
        change(self.rows.lock().unwrap().get_mut(&(table, key.to_vec())).unwrap());
    }

    /// The stored keys of a table that are not the vault's own.
    pub(crate) fn keys(&self, table: Table) -> Vec<Vec<u8>> {
        let rows = self.rows.lock().unwrap();
        rows.keys()
            .filter(|(t, key)| *t == table && !key.starts_with(b"kvd/"))
            .map(|(_, k)| k.clone())
            .collect()
    }
}

fn scan(rows: &Rows, table: Table, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<(Bytes, Bytes)> {
    let from = match after {
        Some(after) => Bound::Excluded((table, after.to_vec())),
        None => Bound::Included((table, prefix.to_vec())),
    };
    rows.range((from, Bound::Unbounded))
        .skip_while(|((t, key), _)| *t == table && key.as_slice() < prefix)
        .take_while(|((t, key), _)| *t == table && key.starts_with(prefix))
        .take(limit)
        .map(|((_, key), value)| (Bytes::from(key.clone()), Bytes::from(value.clone())))
        .collect()
}

struct Copy(Rows);

impl Tx for Copy {
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.0.get(&(table, key.to_vec())).cloned().map(Bytes::from))
    }

    fn scan(
        &mut self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        Ok(scan(&self.0, table, prefix, after, limit))
    }

    fn put(&mut self, table: Table, key: Bytes, value: Bytes) {
        self.0.insert((table, key.to_vec()), value.to_vec());
    }

    fn delete(&mut self, table: Table, key: Bytes) {
        self.0.remove(&(table, key.to_vec()));
    }

    fn delete_prefix(&mut self, table: Table, prefix: Bytes) {
        self.0.retain(|(t, key), _| *t != table || !key.starts_with(&prefix));
    }
}

impl Store for ShownStore {
    fn peek(&self, table: Table, key: &[u8]) -> Result<Peek<Bytes>, StoreError> {
        Ok(Peek::Known(self.rows.lock().unwrap().get(&(table, key.to_vec())).cloned().map(Bytes::from)))
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        async move { Ok(self.rows.lock().unwrap().get(&(table, key.to_vec())).cloned().map(Bytes::from)) }
            .boxed()
    }

    fn scan<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        async move { Ok(scan(&self.rows.lock().unwrap(), table, prefix, after, limit)) }.boxed()
    }

    fn transact(&self, mut work: TxWork) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let mut rows = self.rows.lock().unwrap();
            if self.run_twice.load(Ordering::Relaxed) {
                work(&mut Copy(rows.clone()))?;
            }
            let mut copy = Copy(rows.clone());
            if work(&mut copy)? == Verdict::Commit {
                if self.fail_commits.load(Ordering::Relaxed) {
                    return Err(StoreError::Commit { source: "no space left".into() });
                }
                *rows = copy.0;
                self.commits.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }
        .boxed()
    }
}

/// The numbers of SplitMix64: the same from every seed, and no secret to anybody.
pub(crate) struct SeededEntropy {
    state: Mutex<u64>,
    pub(crate) exhausted: AtomicBool,
}

impl SeededEntropy {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(seed), exhausted: AtomicBool::new(false) })
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        if self.exhausted.load(Ordering::Relaxed) {
            return Err(EntropyError);
        }
        let mut state = self.state.lock().unwrap();
        for chunk in out.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A clock that stands still.
pub(crate) struct Still(pub(crate) i64);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0)
    }
}

/// The result of a future that never has to wait for anybody, though it may let others go first.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut turns = 0..1000;
    turns.find_map(|_| future.as_mut().now_or_never()).unwrap()
}

pub(crate) fn params(shares: i64, threshold: i64) -> ShareParams {
    ShareParams::new(shares, threshold).unwrap()
}

/// A vault and everything that it stands on.
pub(crate) struct House {
    pub(crate) store: Arc<ShownStore>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) shares: Shares,
    pub(crate) barrier: Arc<Barrier>,
}

impl House {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, params(5, 3))
    }

    pub(crate) fn with(seed: u64, params: ShareParams) -> Self {
        let (store, entropy) = (ShownStore::new(), SeededEntropy::new(seed));
        let made = now(Barrier::initialize(&*store, &*entropy, &Still(1_700_000_000), params)).unwrap();
        let barrier = unseal(&store, &entropy, &made.key).unwrap();
        Self { store, entropy, shares: made.shares, barrier }
    }

    pub(crate) fn view(&self, number: u8) -> TestView {
        TestView(Arc::new(self.barrier.view(NamespaceId::ROOT, ViewId::fixed(number))))
    }

    /// Opens the store anew with the first shares.
    pub(crate) fn reopen(&mut self) {
        let key = join(&self.store, &self.entropy, &self.shares).unwrap();
        self.barrier = unseal(&self.store, &self.entropy, &key).unwrap();
    }
}

pub(crate) fn unseal(
    store: &Arc<ShownStore>,
    entropy: &Arc<SeededEntropy>,
    key: &UnsealKey,
) -> Result<Arc<Barrier>, kvd_barrier::BarrierError> {
    now(Barrier::unseal(Arc::clone(store) as _, Arc::clone(entropy) as _, key, LockPolicy::Attempt))
}

/// Hands in shares until they are enough.
pub(crate) fn join(
    store: &Arc<ShownStore>,
    entropy: &Arc<SeededEntropy>,
    shares: &[Secret<Vec<u8>>],
) -> Result<UnsealKey, kvd_barrier::BarrierError> {
    let kvd_barrier::SealStatus::Initialized(config) = now(Barrier::status(&**store))? else {
        return Err(kvd_barrier::BarrierError::NotInitialized);
    };
    let mut progress = UnsealProgress::new(config);
    for share in shares {
        if let Provided::Complete(key) = progress.provide(share.clone(), &**entropy)? {
            return Ok(key);
        }
    }
    panic!("the shares are not enough");
}

/// A view with the steps that tests take.
pub(crate) struct TestView(pub(crate) Arc<kvd_barrier::BarrierView>);

impl TestView {
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn ViewTx) -> Result<T, kvd_storage::ViewError> + Send + 'static,
    ) -> T {
        now(transact(&*self.0, work)).unwrap()
    }

    /// Stores a record of a tree, and its folders with it.
    pub(crate) fn put(&self, path: &str, plain: &[u8]) -> Stamp {
        let (path, plain) = (path.to_owned(), plain.to_vec());
        self.run(move |tx| {
            let slot = Slot::at(Table::Heads, &path);
            tx.link(slot)?;
            tx.put(slot, &plain)
        })
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = path.to_owned();
        self.run(move |tx| {
            let slot = Slot::at(Table::Heads, &path);
            tx.delete(slot);
            tx.unlink(slot)
        });
    }

    pub(crate) fn get(&self, path: &str) -> Result<Option<Vec<u8>>, kvd_storage::ViewError> {
        let opened = now(self.0.get(Slot::at(Table::Heads, path)))?;
        Ok(opened.map(|o| o.plain.expose().clone()))
    }

    pub(crate) fn list(&self, folder: &str) -> Listing {
        now(self.0.list(Table::Heads, folder, kvd_storage::Page::default())).unwrap()
    }
}
