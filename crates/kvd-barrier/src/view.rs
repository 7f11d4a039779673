//! One part of the store, opened: names in, names out, plain values.

use crate::{
    barrier::{Barrier, State},
    entry::{At, Sealer},
    listing::{self, SCAN},
    memo::Located,
    names::StoredKey,
    record::claimed_stamp,
};
use futures_util::{FutureExt, future::BoxFuture};
use kvd_storage::{
    Listing, Names, NamesBuilder, Note, Opened, Page, Peek, Slot, Stamp, Table, View, ViewError, ViewWork,
};
use kvd_types::{NamespaceId, ViewId};
use std::{sync::Arc, task::Poll};
use zeroize::Zeroizing;

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

    fn locate(&self, slot: &Slot<'_>) -> Located {
        self.barrier.memo.locate(&self.barrier.names(self.namespace, self.view), slot)
    }

    fn open(&self, slot: &Slot<'_>, located: &Located, sealed: &[u8]) -> Result<Opened, ViewError> {
        let state = self.barrier.state.load();
        let Slot { table, version, .. } = *slot;
        let at = At { namespace: self.namespace, table, version, key: located.key.as_slice() };
        located.with_last(table, |last| self.sealer(&state).open(&at, slot.name, sealed, last))
    }

    fn sealer<'a>(&'a self, state: &'a State) -> Sealer<'a> {
        Sealer { keyring: &state.keyring, instance: &self.barrier.instance }
    }

    /// The names of a folder: kept ones, if they are still right.
    async fn sorted_names(&self, table: Table, folder: &str, page: Page<'_>) -> Result<Names, ViewError> {
        let prefix = self.barrier.names(self.namespace, self.view).folder(folder);
        // Before the walk, so that whatever changes during it shows later.
        let epoch = self.barrier.store.epoch(table, prefix.as_slice());
        if let Some(names) = epoch.and_then(|epoch| self.barrier.folders.get(table, &prefix, epoch)) {
            return Ok(names.page(page));
        }
        let mut names = NamesBuilder::default();
        let mut room = Zeroizing::default();
        self.walk(table, &prefix, |sealer, at, sealed| {
            names.push(sealer.open_name(at, sealed, &mut room)?);
            Ok(())
        })
        .await?;
        let names = names.finish_aside().await?;
        if let Some(epoch) = epoch.filter(|_| names.len() > SCAN) {
            self.barrier.folders.put(table, &prefix, epoch, &names);
        }
        Ok(names.page(page))
    }

    /// Hands every record of a folder to `take`; others get their turn in between.
    async fn walk(
        &self,
        table: Table,
        prefix: &StoredKey,
        mut take: impl FnMut(&Sealer<'_>, &At<'_>, &[u8]) -> Result<(), ViewError> + Send,
    ) -> Result<(), ViewError> {
        let mut after = None::<StoredKey>;
        loop {
            let after_key = after.as_ref().map(StoredKey::as_slice);
            let rows = self.barrier.store.scan(table, prefix.as_slice(), after_key, SCAN).await?;
            after = {
                let state = self.barrier.state.load();
                let sealer = self.sealer(&state);
                listing::each(&rows, SCAN, |key, sealed| {
                    take(&sealer, &At { namespace: self.namespace, table, version: 0, key }, sealed)
                })?
            };
            if after.is_none() {
                return Ok(());
            }
            yield_once().await;
        }
    }
}

impl View for BarrierView {
    fn peek(&self, slot: Slot<'_>) -> Result<Peek<Opened>, ViewError> {
        let located = self.locate(&slot);
        match self.barrier.store.peek(slot.table, located.key.as_slice())? {
            Peek::Known(Some(sealed)) => self.open(&slot, &located, &sealed).map(|o| Peek::Known(Some(o))),
            Peek::Known(None) => Ok(Peek::Known(None)),
            Peek::OnDisk => Ok(Peek::OnDisk),
        }
    }

    fn get<'a>(&'a self, slot: Slot<'a>) -> BoxFuture<'a, Result<Option<Opened>, ViewError>> {
        async move {
            let located = self.locate(&slot);
            let sealed = self.barrier.store.get(slot.table, located.key.as_slice()).await?;
            sealed.map(|sealed| self.open(&slot, &located, &sealed)).transpose()
        }
        .boxed()
    }

    fn peek_presence(&self, slot: Slot<'_>) -> Result<Peek<()>, ViewError> {
        Ok(match self.barrier.store.peek(slot.table, self.locate(&slot).key.as_slice())? {
            Peek::Known(sealed) => Peek::Known(sealed.map(|_| ())),
            Peek::OnDisk => Peek::OnDisk,
        })
    }

    fn note(&self, slot: Slot<'_>) -> Result<Option<Note>, ViewError> {
        let located = self.locate(&slot);
        let mut failure = None;
        let stamp = || match self.barrier.store.peek(slot.table, located.key.as_slice()) {
            Ok(Peek::Known(Some(sealed))) => claimed_stamp(&sealed).map(Stamp),
            Ok(Peek::Known(None) | Peek::OnDisk) => None,
            Err(error) => {
                failure = Some(error);
                None
            }
        };
        let note = located.note(slot.table, stamp);
        failure.map_or(Ok(note), |error| Err(error.into()))
    }

    fn set_note(&self, slot: Slot<'_>, stamp: Stamp, note: Note) {
        self.locate(&slot).set_note(slot.table, stamp, note);
    }

    fn list<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Listing, ViewError>> {
        async move { Ok(self.sorted_names(table, folder, page).await?.iter().map(str::to_owned).collect()) }
            .boxed()
    }

    fn names<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Names, ViewError>> {
        self.sorted_names(table, folder, page).boxed()
    }

    fn list_records<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Opened)>, ViewError>> {
        async move {
            let mut records = Vec::new();
            let prefix = self.barrier.names(self.namespace, self.view).folder(folder);
            self.walk(table, &prefix, |sealer, at, sealed| {
                records.push(sealer.open_named(at, sealed)?);
                Ok(())
            })
            .await?;
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

/// Lets the runtime do something else first: a long listing found in memory would never wait otherwise.
async fn yield_once() {
    let mut has_yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
