//! A device: where lines go, what they look like, and the rules for setting one up.

mod append;
mod file;
mod place;
mod socket;
mod stream;
mod syslog;

pub(crate) use self::append::{Appender, ends_within_a_line};
pub use self::place::DeviceRules;

use crate::{
    Action, EnableError, HeaderRules, Namespace, Pace, RequestRecord,
    chain::Notary,
    format::Format,
    lane::{Lane, Offer, Outcome},
    options::{DeviceKind, DeviceOptions, FileTarget, FormatOptions},
};
use kvd_json::Object;
use kvd_types::{NoHeaders, Peer, RequestId, Timestamp};
use std::{io, time::Duration};
use tokio::sync::oneshot;

/// How long the trial record may take.
const TRIAL_DEADLINE: Duration = Duration::from_secs(2);

/// The far end of a device. Calls may block; only one is under way at a time.
pub trait Sink: Send + 'static {
    /// Writes `lines`, each ending in a line break, and returns once they are kept.
    ///
    /// # Errors
    /// When they are not. A sink that can take a half-written line back does so; one that cannot must see to it that
    /// the next line does not run into it.
    fn write(&mut self, lines: &[u8]) -> io::Result<()>;

    /// Lets go of the file or connection and opens it anew.
    ///
    /// # Errors
    /// When that fails; the next write tries again.
    fn reopen(&mut self) -> io::Result<()>;

    /// Attests what was written so far, where the sink does that; called about once a second. A failure stops nothing.
    fn checkpoint(&mut self) {}
}

/// A device that is set up.
pub struct Device {
    path: String,
    format: Format,
    lane: Lane,
}

impl Device {
    /// Sets a device up under `path` (with a slash at its end) with `salt` as the key of its HMACs. Opens files, whose
    /// lines `notary` attests.
    ///
    /// # Errors
    /// When the rules forbid it, or the file cannot be opened.
    pub fn open(
        path: &str,
        options: &DeviceOptions,
        salt: &[u8],
        rules: &DeviceRules,
        notary: Option<Notary>,
    ) -> Result<Self, EnableError> {
        if !options.format.prefix.is_empty() && !rules.allow_prefix {
            return Err(EnableError::PrefixNotAllowed);
        }
        let (sink, pace): (Box<dyn Sink>, Pace) = match &options.kind {
            DeviceKind::File(file) => match &file.target {
                FileTarget::Path(target) => {
                    let sink = file::FileSink::open(target, file, rules, notary)
                        .map_err(|reason| EnableError::CannotOpen { path: target.clone(), reason })?;
                    let pace = sink.pace();
                    (Box::new(sink), pace)
                }
                FileTarget::Stdout => (Box::new(stream::StreamSink::Stdout), Pace::Slow),
                FileTarget::Stderr => (Box::new(stream::StreamSink::Stderr), Pace::Slow),
                FileTarget::Discard => (Box::new(stream::Discard), Pace::Quick),
            },
            DeviceKind::Syslog(syslog) => {
                let sink = syslog::SyslogSink::open(syslog).map_err(EnableError::NoSystemLog)?;
                (Box::new(sink), Pace::Slow)
            }
            DeviceKind::Socket(socket) => (Box::new(socket::SocketSink::new(socket.clone())), Pace::Slow),
        };
        Self::with_sink(path, options.format.clone(), salt, sink, pace)
    }

    /// A device that writes to `sink`.
    ///
    /// # Errors
    /// When the thread of a slow sink cannot be started.
    pub fn with_sink(
        path: &str,
        format: FormatOptions,
        salt: &[u8],
        sink: Box<dyn Sink>,
        pace: Pace,
    ) -> Result<Self, EnableError> {
        let lane = Lane::new(path.to_owned(), sink, pace).map_err(EnableError::NoThread)?;
        Ok(Self { path: path.to_owned(), format: Format::new(salt, format), lane })
    }

    /// Writes a trial record, so that a device that cannot write is found out before anything depends on it.
    ///
    /// # Errors
    /// When the record is not kept within two seconds.
    pub async fn trial(&self, now: Timestamp, id: RequestId) -> Result<(), EnableError> {
        let record = RequestRecord {
            time: now,
            id,
            action: Action::Update,
            mount: None,
            credential: None,
            auth: None,
            namespace: Namespace::ROOT,
            path: "sys/audit/test",
            data: &Object::empty(),
            peer: &Peer::internal(),
            certificate_serial: "",
            headers: &NoHeaders,
            wrap_ttl: None,
            error: None,
        };
        let offer = self.lane.offer(self.format.request(&record, &HeaderRules::default()));
        let outcome = match offer {
            Offer::Done(outcome) => outcome,
            Offer::Leads(leader, receiver) => {
                leader.write().await;
                trial_outcome(receiver).await?
            }
            Offer::Waits(receiver) => trial_outcome(receiver).await?,
        };
        outcome.map_err(|error| EnableError::TrialFailed(error.to_string()))
    }

    /// Has the device attest what it has written. Must be called within a runtime.
    pub fn checkpoint(&self) {
        self.lane.checkpoint();
    }

    /// The path it is set up under, with a slash at its end.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn format(&self) -> &Format {
        &self.format
    }

    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }
}

async fn trial_outcome(receiver: oneshot::Receiver<Outcome>) -> Result<Outcome, EnableError> {
    match tokio::time::timeout(TRIAL_DEADLINE, receiver).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(_)) => Err(EnableError::TrialFailed("the device went away".to_owned())),
        Err(_) => Err(EnableError::TrialFailed("the device did not answer in time".to_owned())),
    }
}
