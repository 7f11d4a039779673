//! A stream that gives up on a peer that sends its headers too slowly, sends nothing, or takes nothing.
//!
//! hyper has one timer for headers that also ends idle connections, and none for writing. Here a connection is in
//! one of three states: a request is being served (its own timers hold), the first bytes of a head have come (the
//! head timeout holds), or nothing has (the idle timeout holds).

use crate::Timeouts;
use std::{
    io::{Error, ErrorKind, IoSlice, Result},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// Counts the requests of one connection; shared by its stream and its service.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    running: AtomicUsize,
    begun: AtomicUsize,
}

/// Held while a request is served.
pub(crate) struct Running(Arc<Activity>);

impl Activity {
    pub(crate) fn begin(self: Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        Running(self)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the first bytes that come belong to a head; in HTTP/2 they may be control frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heads {
    /// HTTP/1: whoever has begun a head has to finish it.
    Timed,
    /// HTTP/2: the connection is idle until a request is there.
    Untimed,
}

/// A stream with timeouts.
pub(crate) struct PatientStream<T> {
    inner: T,
    timeouts: Timeouts,
    heads: Heads,
    activity: Arc<Activity>,
    /// How many requests had begun when the state below was entered.
    begun: usize,
    /// Bytes have come that belong to no request yet.
    in_head: bool,
    /// When the present wait ends; none when there has been no wait since the last change.
    read_deadline: Option<Instant>,
    write_deadline: Option<Instant>,
    read_timer: Timer,
    write_timer: Timer,
}

impl<T> PatientStream<T> {
    /// The first head has to come within the head timeout, counted from here.
    pub(crate) fn new(inner: T, timeouts: Timeouts, heads: Heads, activity: Arc<Activity>) -> Self {
        Self {
            inner,
            timeouts,
            heads,
            activity,
            begun: 0,
            in_head: heads == Heads::Timed,
            read_deadline: None,
            write_deadline: None,
            read_timer: Timer::default(),
            write_timer: Timer::default(),
        }
    }

    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let begun = self.activity.begun.load(Ordering::Relaxed);
        if begun != self.begun {
            self.begun = begun;
            self.in_head = false;
            self.read_deadline = None;
        }
        if self.activity.running.load(Ordering::Relaxed) > 0 {
            self.read_deadline = None;
            return Poll::Pending;
        }
        let patience = if self.in_head { self.timeouts.head } else { self.timeouts.idle };
        let deadline = *self.read_deadline.get_or_insert_with(|| Instant::now() + patience);
        self.read_timer.poll(cx, deadline)
    }

    fn poll_written(&mut self, cx: &mut Context<'_>, done: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if done.is_ready() {
            self.write_deadline = None;
            return done;
        }
        let patience = self.timeouts.write;
        let deadline = *self.write_deadline.get_or_insert_with(|| Instant::now() + patience);
        ready!(self.write_timer.poll(cx, deadline));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the peer takes nothing")))
    }
}

/// A timer that is moved rarely: a deadline that moved away is looked at again only when the old one passes, so
/// that a busy connection does not touch the timer wheel for each request.
#[derive(Default)]
struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        loop {
            if sleep.deadline() > deadline {
                sleep.as_mut().reset(deadline);
            }
            ready!(sleep.as_mut().poll(cx));
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for PatientStream<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Pending => {
                ready!(this.poll_patience(cx));
                Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the peer sends nothing")))
            }
            Poll::Ready(result) => {
                if this.heads == Heads::Timed && !this.in_head && buf.filled().len() > before {
                    this.in_head = true;
                    this.begun = this.activity.begun.load(Ordering::Relaxed);
                    this.read_deadline = None;
                }
                Poll::Ready(result)
            }
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for PatientStream<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.poll_written(cx, done)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        this.poll_written(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_flush(cx).map_ok(|()| 0);
        if done.is_ready() {
            // hyper waited for the next head before it had this answer, and does not ask for it again: this is
            // where the connection becomes idle. When it has been for too long, the next read says so.
            let _ = this.poll_patience(cx);
        }
        this.poll_written(cx, done).map_ok(|_| ())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.inner).poll_shutdown(cx).map_ok(|()| 0);
        this.poll_written(cx, done).map_ok(|_| ())
    }
}
