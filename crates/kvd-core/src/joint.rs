//! Several calls whose changes take effect together or not at all.
//!
//! Each of them runs through the whole request path by itself, and its engine asks its view for a transaction, as
//! always. The view that it is given here does not run the work at once: it hands it over, and once all calls have done
//! so, the works run one after the other in a single transaction. No engine has to know; and a call that is refused,
//! by a policy or by its engine, never hands anything over, so that nothing of the others takes effect either.

use crate::{fault::TxFault, tx::transact};
use futures_util::future::BoxFuture;
use kvd_barrier::Barrier;
use kvd_storage::{
    Listing, Names, Note, Opened, Page, Peek, Slot, Stamp, Table, Verdict, View, ViewError, ViewWork,
};
use kvd_types::{NamespaceId, ViewId};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A place in a joint transaction, for one call. One that is given up ends the transaction for all.
pub(crate) struct Seat(Mutex<Option<oneshot::Sender<Offer>>>);

/// What a call wants to be done, and who waits for it.
struct Offer {
    view: ViewId,
    work: ViewWork,
    done: oneshot::Sender<Result<(), ViewError>>,
}

/// Collects what the calls want to be done.
pub(crate) struct Joint {
    seats: Vec<oneshot::Receiver<Offer>>,
}

impl Joint {
    /// A transaction of as many calls as that.
    pub(crate) fn of(calls: usize) -> (Self, Vec<Arc<Seat>>) {
        let (seats, receivers) = (0..calls)
            .map(|_| {
                let (offer, offered) = oneshot::channel();
                (Arc::new(Seat(Mutex::new(Some(offer)))), offered)
            })
            .unzip();
        (Self { seats: receivers }, seats)
    }

    /// Waits for all calls, runs their work as one, and tells each what became of it.
    pub(crate) async fn settle(self, barrier: &Arc<Barrier>) {
        let mut works = Vec::with_capacity(self.seats.len());
        let mut waiting = Vec::with_capacity(self.seats.len());
        for seat in self.seats {
            // Whoever waits already learns of it as its sender is dropped, and who comes later as its receiver is.
            let Ok(Offer { view, work, done }) = seat.await else { return };
            works.push((view, work));
            waiting.push(done);
        }
        let refused = Arc::new(Mutex::new(None));
        let place = Arc::clone(&refused);
        let outcome = transact(barrier, move |tx| {
            *place.lock() = None;
            for (number, (view, work)) in works.iter_mut().enumerate() {
                match work(&mut tx.view(NamespaceId::ROOT, *view))? {
                    Verdict::Commit => {}
                    Verdict::Abandon => {
                        *place.lock() = Some(number);
                        return Err(ViewError::Abandoned.into());
                    }
                }
            }
            Ok(())
        });
        let outcome = outcome.await;
        let refused = *refused.lock();
        let committed = outcome.is_ok();
        // A store that failed is told of once; for the others it is reason enough that the whole has failed.
        let mut failed = match outcome {
            Err(TxFault::View(error)) if refused.is_none() => Some(error),
            Ok(()) | Err(TxFault::View(_) | TxFault::Fault(_)) => None,
        };
        for (number, done) in waiting.into_iter().enumerate() {
            // The one that refused knows why, and tells it by itself.
            let told = match committed || refused == Some(number) {
                true => Ok(()),
                false => Err(failed.take().unwrap_or(ViewError::Abandoned)),
            };
            // A caller that hung up does not wait any more.
            let _ = done.send(told);
        }
    }
}

/// A mount's view, for the time of one call of a joint transaction.
pub(crate) struct JointView {
    pub(crate) inner: Arc<dyn View>,
    pub(crate) id: ViewId,
    pub(crate) seat: Arc<Seat>,
}

impl View for JointView {
    fn peek(&self, slot: Slot<'_>) -> Result<Peek<Opened>, ViewError> {
        self.inner.peek(slot)
    }

    fn get<'a>(&'a self, slot: Slot<'a>) -> BoxFuture<'a, Result<Option<Opened>, ViewError>> {
        self.inner.get(slot)
    }

    fn peek_presence(&self, slot: Slot<'_>) -> Result<Peek<()>, ViewError> {
        self.inner.peek_presence(slot)
    }

    fn note(&self, slot: Slot<'_>) -> Result<Option<Note>, ViewError> {
        self.inner.note(slot)
    }

    fn set_note(&self, slot: Slot<'_>, stamp: Stamp, note: Note) {
        self.inner.set_note(slot, stamp, note);
    }

    fn list<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Listing, ViewError>> {
        self.inner.list(table, folder, page)
    }

    fn names<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Names, ViewError>> {
        self.inner.names(table, folder, page)
    }

    fn list_records<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Opened)>, ViewError>> {
        self.inner.list_records(table, folder)
    }

    /// The first transaction of a call is its part of the whole; those after it only tidy up, once that has taken
    /// effect.
    fn transact(&self, work: ViewWork) -> BoxFuture<'_, Result<(), ViewError>> {
        let Some(seat) = self.seat.0.lock().take() else { return self.inner.transact(work) };
        let (done, told) = oneshot::channel();
        let offered = seat.send(Offer { view: self.id, work, done }).is_ok();
        Box::pin(async move {
            match offered {
                true => told.await.unwrap_or(Err(ViewError::Abandoned)),
                false => Err(ViewError::Abandoned),
            }
        })
    }
}

impl Seat {
    /// Whether its call has not handed over anything yet.
    pub(crate) fn is_free(&self) -> bool {
        self.0.lock().is_some()
    }

    /// Gives the place up.
    pub(crate) fn leave(&self) {
        self.0.lock().take();
    }
}
