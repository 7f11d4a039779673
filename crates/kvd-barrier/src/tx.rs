//! Transactions over views: readable names and plain values on top of a store's transaction.

use crate::{
    barrier::{Barrier, BarrierWork, State},
    counting::Pending,
    entry::{At, Sealer, not_sealed, owned},
    listing::{self, SCAN},
    memo::Located,
    names::{Names, StoredKey, is_unversioned, parent},
};
use kvd_storage::{Listing, Opened, Page, Slot, Stamp, Table, Tx, TxWork, Verdict, ViewError, ViewTx};
use kvd_types::{NamespaceId, ViewId};
use std::sync::{Arc, Mutex, PoisonError};

/// A transaction that may change any number of views.
pub struct BarrierTx<'a> {
    barrier: &'a Barrier,
    state: &'a State,
    tx: &'a mut dyn Tx,
}

/// One view within a transaction.
pub struct BarrierViewTx<'a> {
    names: Names<'a>,
    sealer: Sealer<'a>,
    barrier: &'a Barrier,
    tx: &'a mut dyn Tx,
}

impl BarrierTx<'_> {
    /// One of the views.
    pub fn view(&mut self, namespace: NamespaceId, view: ViewId) -> BarrierViewTx<'_> {
        BarrierViewTx {
            names: self.barrier.names(namespace, view),
            sealer: Sealer { keyring: &self.state.keyring, instance: &self.barrier.instance },
            barrier: self.barrier,
            tx: self.tx,
        }
    }

    pub(crate) async fn run(barrier: &Arc<Barrier>, work: BarrierWork) -> Result<(), ViewError> {
        let outcome = Arc::new(Mutex::new(Ok(None)));
        barrier.store.transact(Self::prepare(barrier, work, &outcome)).await?;
        let result = std::mem::replace(&mut *lock(&outcome), Ok(None));
        if let Some(pending) = result? {
            pending.committed();
        }
        Ok(())
    }

    fn prepare(barrier: &Arc<Barrier>, mut work: BarrierWork, outcome: &Shared) -> TxWork {
        let (barrier, outcome) = (Arc::clone(barrier), Arc::clone(outcome));
        Box::new(move |tx| {
            // One state for the whole run: a rotation in the middle of it must not mix terms.
            let state = barrier.state.load_full();
            let result = work(&mut BarrierTx { barrier: &barrier, state: &state, tx }).and_then(|verdict| {
                let marks = barrier.marks();
                let pending = match verdict {
                    // The term that seals at this moment, even if this run began with an older one.
                    Verdict::Commit => marks.advance(tx, &barrier.state.load().keyring, &*barrier.entropy),
                    Verdict::Abandon => Ok(None),
                };
                Ok((verdict, pending.map_err(not_sealed)?))
            });
            let (verdict, result) = match result {
                Ok((verdict, pending)) => (verdict, Ok(pending)),
                Err(error) => (Verdict::Abandon, Err(error)),
            };
            *lock(&outcome) = result;
            Ok(verdict)
        })
    }
}

/// Where the work leaves its result, for the store's transaction has none.
type Shared = Arc<Mutex<Result<Option<Pending>, ViewError>>>;

fn lock(outcome: &Shared) -> std::sync::MutexGuard<'_, Result<Option<Pending>, ViewError>> {
    outcome.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BarrierViewTx<'_> {
    fn at<'k>(&self, slot: &Slot<'_>, key: &'k StoredKey) -> At<'k> {
        At { namespace: self.names.namespace, table: slot.table, version: slot.version, key: key.as_slice() }
    }

    fn locate(&self, slot: &Slot<'_>) -> Located {
        self.barrier.memo.locate(&self.names, slot)
    }

    fn exists(&mut self, slot: &Slot<'_>) -> Result<bool, ViewError> {
        Ok(self.tx.get(slot.table, self.locate(slot).key.as_slice())?.is_some())
    }

    /// Whether a listing of the folder would show anything.
    fn is_empty(&mut self, table: Table, folder: &str) -> Result<bool, ViewError> {
        let prefix = self.names.folder(folder);
        let mut after = None::<StoredKey>;
        loop {
            let after_key = after.as_ref().map(StoredKey::as_slice);
            let rows = self.tx.scan(table, prefix.as_slice(), after_key, 1)?;
            if rows.iter().any(|(key, _)| is_unversioned(key)) {
                return Ok(false);
            }
            after = listing::each(&rows, 1, |_, _| Ok(()))?;
            if after.is_none() {
                return Ok(true);
            }
        }
    }
}

impl ViewTx for BarrierViewTx<'_> {
    fn get(&mut self, slot: Slot<'_>) -> Result<Option<Opened>, ViewError> {
        let located = self.locate(&slot);
        let Some(sealed) = self.tx.get(slot.table, located.key.as_slice())? else { return Ok(None) };
        let at = self.at(&slot, &located.key);
        located.with_last(slot.table, |last| self.sealer.open(&at, slot.name, &sealed, last)).map(Some)
    }

    fn put(&mut self, slot: Slot<'_>, plain: &[u8]) -> Result<Stamp, ViewError> {
        let key = self.locate(&slot).key;
        let (sealed, stamp) =
            self.sealer.seal(&self.at(&slot, &key), slot.name, plain, &*self.barrier.entropy)?;
        self.tx.put(slot.table, owned(&key), sealed);
        Ok(stamp)
    }

    fn delete(&mut self, slot: Slot<'_>) {
        self.tx.delete(slot.table, owned(&self.locate(&slot).key));
    }

    fn link(&mut self, slot: Slot<'_>) -> Result<(), ViewError> {
        let mut folder = slot.folder;
        while let Some((around, name)) = parent(folder) {
            let marker = Slot { table: slot.table, folder: around, name, version: 0 };
            // A marker was made together with those around it, so one that is there ends the way up.
            if self.exists(&marker)? {
                return Ok(());
            }
            self.put(marker, &[])?;
            folder = around;
        }
        Ok(())
    }

    fn unlink(&mut self, slot: Slot<'_>) -> Result<(), ViewError> {
        let mut folder = slot.folder;
        while let Some((around, name)) = parent(folder) {
            if !self.is_empty(slot.table, folder)? {
                return Ok(());
            }
            self.delete(Slot { table: slot.table, folder: around, name, version: 0 });
            folder = around;
        }
        Ok(())
    }

    fn list(&mut self, table: Table, folder: &str, page: Page<'_>) -> Result<Listing, ViewError> {
        let prefix = self.names.folder(folder);
        let mut names = listing::Names::new(page);
        let mut after = None::<StoredKey>;
        loop {
            let after_key = after.as_ref().map(StoredKey::as_slice);
            let rows = self.tx.scan(table, prefix.as_slice(), after_key, SCAN)?;
            after = listing::each(&rows, SCAN, |key, sealed| {
                let at = At { namespace: self.names.namespace, table, version: 0, key };
                self.sealer.open_named(&at, sealed).map(|(name, _)| names.add(name))
            })?;
            if after.is_none() {
                return Ok(names.sorted());
            }
        }
    }

    fn some(&mut self, table: Table, folder: &str, limit: usize) -> Result<Listing, ViewError> {
        let prefix = self.names.folder(folder);
        let mut names = Vec::new();
        let mut after = None::<StoredKey>;
        while names.len() < limit {
            let asked = SCAN.min(limit - names.len());
            let after_key = after.as_ref().map(StoredKey::as_slice);
            let rows = self.tx.scan(table, prefix.as_slice(), after_key, asked)?;
            after = listing::each(&rows, asked, |key, sealed| {
                let at = At { namespace: self.names.namespace, table, version: 0, key };
                self.sealer.open_named(&at, sealed).map(|(name, _)| names.push(name))
            })?;
            if after.is_none() {
                break;
            }
        }
        Ok(names)
    }

    fn delete_versions(&mut self, slot: Slot<'_>) {
        self.tx.delete_prefix(slot.table, owned(&self.names.versions(&slot)));
    }

    fn clear(&mut self) {
        let prefix = owned(&self.names.everything());
        for table in Table::ALL {
            self.tx.delete_prefix(table, prefix.clone());
        }
    }
}
