//! The way of lines into one device: a bounded queue, and one writer at a time.
//!
//! While a device is idle, whoever brings a line writes it on the spot; lines that come meanwhile wait and go out
//! together in the next write. Where others tend to bring lines at the same time, whoever comes first lets them do so
//! before it writes for all: one thread that serves many connections would otherwise never meet anybody. A device that may block for long has a thread of its own instead, so that a caller
//! never waits inside a system call but at a point where its deadline can reach it.

use crate::{Sink, format::Line};
use parking_lot::{Condvar, Mutex};
use std::{io, sync::Arc, thread};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// Lines that may wait for a device; more are refused at once.
const MAX_LINES: usize = 1000;
/// Bytes that may wait for a device.
const MAX_BYTES: usize = 32 << 20;

/// After so many writes of a single line in a row, whoever comes first no longer lets others go before.
const LONELY: u32 = 16;
/// From then on only every so many writes are held back to see whether there is company again.
const LOOK_AROUND: u32 = 64;

/// Whether a sink may be written to in passing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Returns within microseconds, such as an append to a local file.
    Quick,
    /// May wait for a disk, a network or another process.
    Slow,
}

/// How a write went; shared by all whose lines were in it.
pub(crate) type Outcome = Result<(), Arc<io::Error>>;

/// What became of a line that was brought.
pub(crate) enum Offer {
    /// It is written, or refused.
    Done(Outcome),
    /// It waits together with those that come at once, and whoever brought it has to write for all.
    Leads(Leader, oneshot::Receiver<Outcome>),
    /// It waits for the writer.
    Waits(oneshot::Receiver<Outcome>),
}

pub(crate) struct Lane {
    shared: Arc<Shared>,
    pace: Pace,
}

/// The duty to write the lines that wait. It is done at the latest when this is dropped, so that a caller who goes away
/// leaves nobody behind.
pub(crate) struct Leader(Arc<Shared>);

impl Leader {
    /// Lets others bring their lines, as far as they are about to, and writes.
    pub(crate) async fn write(self) {
        tokio::task::yield_now().await;
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.0.follow_up();
    }
}

struct Shared {
    device: String,
    queue: Mutex<Queue>,
    arrived: Condvar,
    /// Locked only by whoever has set `busy`, or is the device's thread.
    sink: Mutex<Box<dyn Sink>>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<(Line, oneshot::Sender<Outcome>)>,
    bytes: usize,
    busy: bool,
    /// How many writes in a row had a single line.
    alone: u32,
    reopen: bool,
    checkpoint: bool,
    failing: bool,
    closed: bool,
}

/// What a writer takes out of the queue at once.
struct Work {
    waiting: Vec<(Line, oneshot::Sender<Outcome>)>,
    reopen: bool,
    checkpoint: bool,
}

impl Lane {
    /// # Errors
    /// When a slow sink's thread cannot be started.
    pub(crate) fn new(device: String, sink: Box<dyn Sink>, pace: Pace) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            device,
            queue: Mutex::default(),
            arrived: Condvar::new(),
            sink: Mutex::new(sink),
        });
        if pace == Pace::Slow {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("audit".to_owned()).spawn(move || shared.serve())?;
        }
        Ok(Self { shared, pace })
    }

    /// Brings a line. Does not wait; must be called within a runtime.
    pub(crate) fn offer(&self, line: Line) -> Offer {
        let mut queue = self.shared.queue.lock();
        if self.pace == Pace::Quick && !queue.busy {
            queue.busy = true;
            if queue.expects_company() {
                let receiver = queue.wait(line);
                return Offer::Leads(Leader(Arc::clone(&self.shared)), receiver);
            }
            drop(queue);
            let outcome = self.shared.write(&line);
            self.shared.follow_up();
            return Offer::Done(outcome);
        }
        if queue.waiting.len() >= MAX_LINES || queue.bytes + line.len() > MAX_BYTES {
            return Offer::Done(Err(Arc::new(io::Error::other("too many lines are waiting for the device"))));
        }
        let receiver = queue.wait(line);
        drop(queue);
        if self.pace == Pace::Slow {
            self.shared.arrived.notify_one();
        }
        Offer::Waits(receiver)
    }

    /// Has the sink opened anew: at once when the device is idle, else before the next write.
    pub(crate) fn reopen(&self) {
        self.ask(|queue| queue.reopen = true);
    }

    /// Has the sink attest what it has: at once when the device is idle, else after the next write.
    pub(crate) fn checkpoint(&self) {
        self.ask(|queue| queue.checkpoint = true);
    }

    fn ask(&self, what: impl FnOnce(&mut Queue)) {
        let mut queue = self.shared.queue.lock();
        what(&mut queue);
        if self.pace == Pace::Slow {
            self.shared.arrived.notify_one();
        } else if !queue.busy {
            queue.busy = true;
            drop(queue);
            self.shared.follow_up();
        }
    }

    /// Whether the last write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.shared.queue.lock().failing
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.shared.queue.lock().closed = true;
        self.shared.arrived.notify_one();
    }
}

impl Shared {
    /// After a write in passing: one more for those who came meanwhile, and a task for those who came even later,
    /// so that no caller pays for an endless stream of others.
    fn follow_up(self: &Arc<Self>) {
        if self.flush() && self.flush() {
            let shared = Arc::clone(self);
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(async move {
                    while shared.flush() {
                        tokio::task::yield_now().await;
                    }
                })),
                // The runtime is going down, and nobody comes after those who wait.
                Err(_) => while shared.flush() {},
            }
        }
    }

    /// Writes what waits. Gives the device free, and says so with `false`, when nothing does.
    fn flush(&self) -> bool {
        let mut queue = self.queue.lock();
        if queue.is_idle() {
            queue.busy = false;
            return false;
        }
        let work = queue.take();
        drop(queue);
        self.write_all(work);
        true
    }

    /// The life of a slow device's thread. Ends when the device is gone and nothing waits.
    fn serve(&self) {
        loop {
            let mut queue = self.queue.lock();
            while queue.is_idle() {
                if queue.closed {
                    return;
                }
                self.arrived.wait(&mut queue);
            }
            let work = queue.take();
            drop(queue);
            self.write_all(work);
        }
    }

    fn write_all(&self, work: Work) {
        if work.reopen {
            let outcome = self.sink.lock().reopen();
            self.note(&outcome.map_err(Arc::new));
        }
        if !work.waiting.is_empty() {
            self.write_lines(work.waiting);
        }
        if work.checkpoint {
            self.sink.lock().checkpoint();
        }
    }

    fn write_lines(&self, waiting: Vec<(Line, oneshot::Sender<Outcome>)>) {
        let mut lines = Zeroizing::new(Vec::with_capacity(waiting.iter().map(|(line, _)| line.len()).sum()));
        waiting.iter().for_each(|(line, _)| lines.extend_from_slice(line));
        let outcome = self.write(&lines);
        for (_, sender) in waiting {
            // Whoever has stopped waiting has refused the call already; its line does no harm.
            let _ = sender.send(outcome.clone());
        }
    }

    fn write(&self, lines: &[u8]) -> Outcome {
        let outcome = self.sink.lock().write(lines).map_err(Arc::new);
        self.note(&outcome);
        outcome
    }

    /// Logs the first failure of a row and its end, not every one: a full disk must not fill another.
    fn note(&self, outcome: &Outcome) {
        let failing = outcome.is_err();
        if std::mem::replace(&mut self.queue.lock().failing, failing) == failing {
            return;
        }
        match outcome {
            Ok(()) => tracing::info!(device = self.device, "audit device works again"),
            Err(error) => tracing::error!(device = self.device, %error, "audit device fails"),
        }
    }
}

impl Queue {
    fn wait(&mut self, line: Line) -> oneshot::Receiver<Outcome> {
        let (sender, receiver) = oneshot::channel();
        self.bytes += line.len();
        self.waiting.push((line, sender));
        receiver
    }

    /// Whether it pays to let others bring their lines before one is written.
    fn expects_company(&mut self) -> bool {
        self.alone = self.alone.saturating_add(1);
        self.alone <= LONELY || self.alone.is_multiple_of(LOOK_AROUND)
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.reopen && !self.checkpoint
    }

    fn take(&mut self) -> Work {
        self.bytes = 0;
        if self.waiting.len() > 1 {
            self.alone = 0;
        }
        Work {
            waiting: std::mem::take(&mut self.waiting),
            reopen: std::mem::take(&mut self.reopen),
            checkpoint: std::mem::take(&mut self.checkpoint),
        }
    }
}
