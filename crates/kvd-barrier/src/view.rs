//! One part of the store, opened: names in, names out, plain values.

use crate::{
    barrier::{Barrier, State},
    entry::{At, Sealer},
    listing::{self, Rows, SCAN},
    names::StoredKey,
};
use futures_util::{FutureExt, future::BoxFuture};
use kvd_storage::{Listing, Opened, Page, Peek, Slot, Table, View, ViewError, ViewWork};
use kvd_types::{NamespaceId, ViewId};
use std::sync::Arc;

/// A view of the store through the barrier. It keeps the barrier open for as long as it lives.
#[derive(Clone)]
pub struct BarrierView {
    barrier: Arc<Barrier>,
    namespace: NamespaceId,
    view: ViewId,
}

impl BarrierView {
    pub(crate) fn new(barrier: Arc<Barrier>, namespace: NamespaceId, view: ViewId) -> Self {
        Self { barrier, namespace, view }
    }

    fn record_key(&self, slot: &Slot<'_>) -> StoredKey {
        self.barrier.names(self.namespace, self.view).record(slot)
    }

    fn open(&self, slot: &Slot<'_>, key: &StoredKey, sealed: &[u8]) -> Result<Opened, ViewError> {
        let state = self.barrier.state.load();
        let at =
            At { namespace: self.namespace, table: slot.table, version: slot.version, key: key.as_slice() };
        self.sealer(&state).open(&at, slot.name, sealed)
    }

    fn sealer<'a>(&'a self, state: &'a State) -> Sealer<'a> {
        Sealer { keyring: &state.keyring, instance: &self.barrier.instance }
    }

    /// Opens every record of a folder.
    async fn walk(
        &self,
        table: Table,
        folder: &str,
        mut take: impl FnMut(String, Opened) + Send,
    ) -> Result<(), ViewError> {
        let prefix = self.barrier.names(self.namespace, self.view).folder(folder);
        let mut after = None::<StoredKey>;
        loop {
            let after_key = after.as_ref().map(StoredKey::as_slice);
            let rows = self.barrier.store.scan(table, prefix.as_slice(), after_key, SCAN).await?;
            after = self.open_rows(table, &rows, &mut take)?;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn open_rows(
        &self,
        table: Table,
        rows: &Rows,
        take: &mut impl FnMut(String, Opened),
    ) -> Result<Option<StoredKey>, ViewError> {
        let state = self.barrier.state.load();
        let sealer = self.sealer(&state);
        listing::each(rows, SCAN, |key, sealed| {
            let at = At { namespace: self.namespace, table, version: 0, key };
            sealer.open_named(&at, sealed).map(|(name, opened)| take(name, opened))
        })
    }
}

impl View for BarrierView {
    fn peek(&self, slot: Slot<'_>) -> Result<Peek<Opened>, ViewError> {
        let key = self.record_key(&slot);
        match self.barrier.store.peek(slot.table, key.as_slice())? {
            Peek::Known(Some(sealed)) => self.open(&slot, &key, &sealed).map(|o| Peek::Known(Some(o))),
            Peek::Known(None) => Ok(Peek::Known(None)),
            Peek::OnDisk => Ok(Peek::OnDisk),
        }
    }

    fn get<'a>(&'a self, slot: Slot<'a>) -> BoxFuture<'a, Result<Option<Opened>, ViewError>> {
        async move {
            let key = self.record_key(&slot);
            let sealed = self.barrier.store.get(slot.table, key.as_slice()).await?;
            sealed.map(|sealed| self.open(&slot, &key, &sealed)).transpose()
        }
        .boxed()
    }

    fn list<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Listing, ViewError>> {
        async move {
            let mut names = listing::Names::new(page);
            self.walk(table, folder, |name, _| names.add(name)).await?;
            Ok(names.sorted())
        }
        .boxed()
    }

    fn list_records<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Opened)>, ViewError>> {
        async move {
            let mut records = Vec::new();
            self.walk(table, folder, |name, opened| records.push((name, opened))).await?;
            Ok(listing::sorted(records))
        }
        .boxed()
    }

    fn transact(&self, mut work: ViewWork) -> BoxFuture<'_, Result<(), ViewError>> {
        let (namespace, view) = (self.namespace, self.view);
        async move { self.barrier.transact(Box::new(move |tx| work(&mut tx.view(namespace, view)))).await }
            .boxed()
    }
}
