//! The committer: one thread that runs all waiting works, writes one batch, flushes once, and then answers them all.
//!
//! There is no timer. While one group is being flushed the next one gathers in the queue, so that a lone writer
//! never waits for company and many writers share the price of a flush.

use crate::{ApplyError, Backend, Changes, StoreError, TxWork, Verdict, transaction::Transaction};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};
use tokio::sync::{mpsc, oneshot};

/// How many works may wait before those who bring more have to wait outside.
const QUEUE: usize = 4096;
/// After so many works a group is closed.
const GROUP_WORKS: usize = 1024;
/// After so many bytes of changes a group is closed.
const GROUP_BYTES: usize = 1 << 20;

/// What a committer has done since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Groups of works that were answered together.
    pub groups: u64,
    /// Works that were run.
    pub works: u64,
    /// Groups that had changes, and so cost a flush.
    pub flushes: u64,
}

/// The handle of the thread; dropping it answers all that wait and ends the thread.
pub(crate) struct Committer {
    queue: Option<mpsc::Sender<Waiting>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    groups: AtomicU64,
    works: AtomicU64,
    flushes: AtomicU64,
}

struct Waiting {
    work: TxWork,
    answer: oneshot::Sender<Outcome>,
}

type Outcome = Result<(), StoreError>;

impl Committer {
    pub(crate) fn start<B: Backend>(backend: Arc<B>) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared::default());
        let in_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || commit_all(waiting, &*backend, &in_thread))
            .map_err(|e| StoreError::Open { source: Box::new(e) })?;
        Ok(Self { queue: Some(queue), thread: Some(thread), shared })
    }

    /// Fails if a flush has failed before.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.shared.stopped.load(Ordering::Acquire) { Err(StoreError::Stopped) } else { Ok(()) }
    }

    pub(crate) async fn transact(&self, work: TxWork) -> Result<(), StoreError> {
        self.check()?;
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(Waiting { work, answer }).await.map_err(|_| self.ended())?;
        answered.await.unwrap_or_else(|_| Err(self.ended()))
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            groups: self.shared.groups.load(Ordering::Relaxed),
            works: self.shared.works.load(Ordering::Relaxed),
            flushes: self.shared.flushes.load(Ordering::Relaxed),
        }
    }

    fn ended(&self) -> StoreError {
        self.check().err().unwrap_or(StoreError::Closed)
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            // A work may own the last handle of the store; a thread cannot wait for itself.
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// Stops the store when the thread ends by a panic: half a group may then lie anywhere.
struct StopOnPanic<'a>(&'a Shared);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stopped.store(true, Ordering::Release);
        }
    }
}

fn commit_all<B: Backend>(mut queue: mpsc::Receiver<Waiting>, backend: &B, shared: &Shared) {
    let _guard = StopOnPanic(shared);
    while let Some(first) = queue.blocking_recv() {
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(waiting) = next {
            group.run(waiting, backend, shared);
            next = if group.is_full() { None } else { queue.try_recv().ok() };
        }
        group.commit(backend, shared);
    }
}

/// The works that share one batch and one flush.
#[derive(Default)]
struct Group {
    changes: Changes,
    own: Changes,
    answers: Vec<(oneshot::Sender<Outcome>, Outcome)>,
}

impl Group {
    fn is_full(&self) -> bool {
        self.answers.len() >= GROUP_WORKS || self.changes.bytes() >= GROUP_BYTES
    }

    fn run<B: Backend>(&mut self, waiting: Waiting, backend: &B, shared: &Shared) {
        let Waiting { mut work, answer } = waiting;
        // Whoever does not wait any more has gone without an answer: it is free to be nothing, which costs least.
        if answer.is_closed() {
            return;
        }
        if shared.stopped.load(Ordering::Acquire) {
            let _ = answer.send(Err(StoreError::Stopped));
            return;
        }
        shared.works.fetch_add(1, Ordering::Relaxed);
        let mut tx = Transaction { backend, group: &self.changes, own: &mut self.own };
        // A panic leaves the transaction half done, and it is thrown away; nothing else was reachable by it.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut tx))).unwrap_or(Err(StoreError::Panicked));
        match outcome {
            Ok(Verdict::Commit) => self.changes.absorb(&mut self.own),
            Ok(Verdict::Abandon) | Err(_) => self.own.clear(),
        }
        self.answers.push((answer, outcome.map(|_| ())));
    }

    /// Flushes, then answers: also to those that changed nothing, since they may have read what others changed.
    fn commit<B: Backend>(self, backend: &B, shared: &Shared) {
        if self.answers.is_empty() {
            return;
        }
        shared.groups.fetch_add(1, Ordering::Relaxed);
        let failure = if self.changes.is_empty() {
            None
        } else {
            shared.flushes.fetch_add(1, Ordering::Relaxed);
            match backend.apply(&self.changes) {
                Ok(()) => None,
                Err(ApplyError::Refused(cause)) => Some(cause),
                Err(ApplyError::Failed(cause)) => {
                    // Before the first answer, so that nobody who has heard of the failure still reads something.
                    shared.stopped.store(true, Ordering::Release);
                    Some(cause)
                }
            }
        };
        let failure: Option<Arc<dyn std::error::Error + Send + Sync>> = failure.map(Arc::from);
        for (answer, outcome) in self.answers {
            let outcome = match &failure {
                Some(cause) => outcome.and(Err(StoreError::Commit { source: Box::new(Arc::clone(cause)) })),
                None => outcome,
            };
            // The one who asked may have gone by now.
            let _ = answer.send(outcome);
        }
    }
}
