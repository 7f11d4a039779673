//! Hands every record to every device, and proof to whoever may go on.

use crate::{
    AuditError, Device, EnableError, HeaderRules, RequestRecord, ResponseRecord,
    format::{Format, Line},
    lane::{Leader, Offer, Outcome},
};
use arc_swap::ArcSwap;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, time::timeout};

/// How long a call waits for the first device to take its record.
const DEADLINE: Duration = Duration::from_secs(2);

/// Proof that a call may go on: its record is kept, or nobody has asked for records.
///
/// Only the broker can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// There is no device.
    #[non_exhaustive]
    NoDevice,
    /// At least one device has it.
    #[non_exhaustive]
    Written,
}

/// All devices of a server.
///
/// A record counts as kept as soon as one device has it, and is refused when none has it within the deadline. The
/// others go on at their own pace: one that hangs holds up nobody, and its queue is bounded.
pub struct Broker {
    devices: ArcSwap<Vec<Arc<Device>>>,
    headers: ArcSwap<HeaderRules>,
    deadline: Duration,
}

impl Default for Broker {
    fn default() -> Self {
        Self::new(DEADLINE)
    }
}

impl Broker {
    /// A broker without devices whose calls wait up to `deadline`.
    pub fn new(deadline: Duration) -> Self {
        Self { devices: ArcSwap::default(), headers: ArcSwap::default(), deadline }
    }

    /// Proof that a call may go on without a record, when there is no device: then none need be made at all.
    pub fn nobody_asks(&self) -> Option<Recorded> {
        self.devices.load().is_empty().then_some(Recorded::NoDevice)
    }

    /// Records a call before it has any effect.
    ///
    /// # Errors
    /// When no device took the record; the call must then have no effect.
    pub async fn record_request(&self, record: &RequestRecord<'_>) -> Result<Recorded, AuditError> {
        let offered = self.offer(|format, headers| format.request(record, headers));
        self.settle(offered).await
    }

    /// Records what came of a call before its answer is given.
    ///
    /// # Errors
    /// When no device took the record; the answer must then not be given.
    pub async fn record_response(&self, record: &ResponseRecord<'_>) -> Result<Recorded, AuditError> {
        let offered = self.offer(|format, headers| format.response(record, headers));
        self.settle(offered).await
    }

    /// Records a call and what came of it in one go: for reads, which have no effect before their answer.
    ///
    /// # Errors
    /// When no device took the records; the answer must then not be given.
    pub async fn record_exchange(&self, record: &ResponseRecord<'_>) -> Result<Recorded, AuditError> {
        let offered = self.offer(|format, headers| format.exchange(record, headers));
        self.settle(offered).await
    }

    /// Takes `device` up; from now on it gets every record.
    ///
    /// # Errors
    /// When a device is there already, above or below its path.
    pub fn enable(&self, device: Device) -> Result<(), EnableError> {
        let device = Arc::new(device);
        let mut clash = false;
        self.devices.rcu(|old| {
            clash = old
                .iter()
                .any(|d| d.path().starts_with(device.path()) || device.path().starts_with(d.path()));
            let mut devices = old.to_vec();
            if !clash {
                devices.push(Arc::clone(&device));
            }
            devices
        });
        if clash { Err(EnableError::PathInUse) } else { Ok(()) }
    }

    /// Lets the device at `path` go; says whether there was one. Lines that wait for it are still written.
    pub fn disable(&self, path: &str) -> bool {
        let before = self
            .devices
            .rcu(|old| old.iter().filter(|d| d.path() != path).map(Arc::clone).collect::<Vec<_>>());
        before.iter().any(|d| d.path() == path)
    }

    /// Lets all devices go, as sealing does.
    pub fn clear(&self) {
        self.devices.store(Arc::default());
    }

    /// What stands for `text` in the lines of the device at `path`; none where there is no such device.
    pub fn hash(&self, path: &str, text: &str) -> Option<String> {
        self.devices.load().iter().find(|d| d.path() == path).map(|d| d.format().hasher().hash(text))
    }

    /// Sets which request headers are written.
    pub fn set_headers(&self, rules: HeaderRules) {
        self.headers.store(Arc::new(rules));
    }

    /// Has every device open its file or connection anew, as after a rotation of logs. Must be called within a
    /// runtime; does not wait for devices that are busy.
    pub fn reopen(&self) {
        self.devices.load().iter().for_each(|d| d.lane().reopen());
    }

    /// Has every device attest what it has written; to be called about once a second, within a runtime.
    pub fn checkpoint(&self) {
        self.devices.load().iter().for_each(|d| d.checkpoint());
    }

    /// The paths of the devices whose last write failed, for health checks.
    pub fn failing(&self) -> Vec<String> {
        self.devices.load().iter().filter(|d| d.lane().is_failing()).map(|d| d.path().to_owned()).collect()
    }

    fn offer(&self, mut line: impl FnMut(&Format, &HeaderRules) -> Line) -> Offered {
        let devices = self.devices.load();
        let headers = self.headers.load();
        let mut offered =
            Offered { devices: devices.len(), written: false, leads: Vec::new(), waits: Vec::new() };
        for device in devices.iter() {
            match device.lane().offer(line(device.format(), &headers)) {
                Offer::Done(outcome) => offered.written |= outcome.is_ok(),
                Offer::Leads(leader, receiver) => {
                    offered.leads.push(leader);
                    offered.waits.push(receiver);
                }
                Offer::Waits(receiver) => offered.waits.push(receiver),
            }
        }
        offered
    }

    async fn settle(&self, mut offered: Offered) -> Result<Recorded, AuditError> {
        if offered.devices == 0 {
            return Ok(Recorded::NoDevice);
        }
        for leader in offered.leads {
            leader.write().await;
        }
        // Whoever leads finds its line written by now.
        offered.waits.retain_mut(|wait| match wait.try_recv() {
            Ok(outcome) => {
                offered.written |= outcome.is_ok();
                false
            }
            Err(_) => true,
        });
        if offered.written
            || Box::pin(timeout(self.deadline, any_takes(offered.waits))).await.unwrap_or(false)
        {
            return Ok(Recorded::Written);
        }
        Err(AuditError::NoDeviceTookIt)
    }
}

struct Offered {
    devices: usize,
    written: bool,
    leads: Vec<Leader>,
    waits: Vec<oneshot::Receiver<Outcome>>,
}

async fn any_takes(waits: Vec<oneshot::Receiver<Outcome>>) -> bool {
    let mut waits: FuturesUnordered<_> = waits.into_iter().collect();
    while let Some(outcome) = waits.next().await {
        if matches!(outcome, Ok(Ok(()))) {
            return true;
        }
    }
    false
}
