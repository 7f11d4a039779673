//! The load: some connections that each send the next request when the last one is answered.

use crate::connection::Connection;
use anyhow::{Result, bail};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Makes the request of a number; numbers are never used twice.
pub(crate) type Requests = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// What one round of load gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Round {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// How long each request took, in microseconds, sorted.
    pub(crate) micros: Vec<u32>,
}

/// Sends requests over `connections` connections for `duration`; every answer must have the status `status`.
pub(crate) async fn run(
    address: &str,
    connections: usize,
    duration: Duration,
    requests: &Requests,
    numbers: &Arc<AtomicU64>,
    status: u16,
) -> Result<Round> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let start = Instant::now();
    let until = start + duration;
    let mut tasks = JoinSet::new();
    for mut connection in open {
        let (requests, numbers) = (requests.clone(), numbers.clone());
        tasks.spawn(async move {
            let mut micros = Vec::new();
            while Instant::now() < until {
                let request = requests(numbers.fetch_add(1, Ordering::Relaxed));
                let sent = Instant::now();
                let answer = connection.exchange(&request).await?;
                if answer.status != status {
                    let (_, body) = connection.last(answer);
                    bail!(
                        "answered with {} instead of {status}: {}",
                        answer.status,
                        String::from_utf8_lossy(body)
                    );
                }
                micros.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            Ok(micros)
        });
    }
    let mut round = Round::default();
    while let Some(task) = tasks.join_next().await {
        round.micros.append(&mut task??);
    }
    round.seconds = start.elapsed().as_secs_f64();
    round.requests = u64::try_from(round.micros.len())?;
    round.micros.sort_unstable();
    Ok(round)
}

impl Round {
    /// The time that this share of requests did not exceed, in milliseconds.
    pub(crate) fn percentile(&self, per_cent: usize) -> f64 {
        let at = self.micros.len().saturating_sub(1) * per_cent / 100;
        self.micros.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}
