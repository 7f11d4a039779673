//! What the vault counts of its own work, in the two forms in which it is read.

use kvd_types::{Fault, Timestamp};
use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Counters are kept in as many places, so that two processors seldom write to the same one.
pub(crate) const PLACES: usize = 16;

/// The vault's counters.
#[derive(Default)]
pub(crate) struct Metrics([Place; PLACES]);

/// A cache line of its own.
#[derive(Default)]
#[repr(align(128))]
struct Place {
    done: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    nanos: AtomicU64,
}

/// The sums of all places.
#[derive(Clone, Copy, Default)]
pub(crate) struct Totals {
    done: u64,
    refused: u64,
    failed: u64,
    nanos: u64,
}

/// A value that is looked up when metrics are read.
pub(crate) type Gauge = (&'static str, &'static str, u64);

impl Metrics {
    /// Counts a call and what came of it.
    pub(crate) fn count(&self, fault: Option<&Fault>, took: Duration) {
        let place = &self.0[place()];
        let counter = match fault {
            None => &place.done,
            Some(fault) if fault.kind.codes().http >= 500 => &place.failed,
            Some(_) => &place.refused,
        };
        counter.fetch_add(1, Relaxed);
        place.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn totals(&self) -> Totals {
        self.0.iter().fold(Totals::default(), |sum, place| Totals {
            done: sum.done + place.done.load(Relaxed),
            refused: sum.refused + place.refused.load(Relaxed),
            failed: sum.failed + place.failed.load(Relaxed),
            nanos: sum.nanos.wrapping_add(place.nanos.load(Relaxed)),
        })
    }
}

/// The place of this thread.
pub(crate) fn place() -> usize {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static MINE: usize = usize::try_from(NEXT.fetch_add(1, Relaxed)).unwrap_or_default() % PLACES;
    }
    MINE.with(|mine| *mine)
}

impl Totals {
    const fn outcomes(&self) -> [(&'static str, u64); 3] {
        [("done", self.done), ("refused", self.refused), ("failed", self.failed)]
    }

    fn seconds(&self) -> f64 {
        Duration::from_nanos(self.nanos).as_secs_f64()
    }

    /// Prometheus text, version 0.0.4.
    pub(crate) fn prometheus(&self, gauges: &[Gauge]) -> String {
        let mut out = String::new();
        // Writing into a text cannot fail.
        for (name, help, value) in gauges {
            let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
        }
        let requests = "vault_core_handle_request_total";
        let _ = write!(out, "# HELP {requests} Calls by what came of them.\n# TYPE {requests} counter\n");
        for (outcome, count) in self.outcomes() {
            let _ = writeln!(out, "{requests}{{outcome=\"{outcome}\"}} {count}");
        }
        let time = "vault_core_handle_request_seconds_total";
        let _ = write!(
            out,
            "# HELP {time} Time spent on calls.\n# TYPE {time} counter\n{time} {}\n",
            self.seconds()
        );
        out
    }

    /// The JSON form that Vault's own in-memory sink has.
    pub(crate) fn json(&self, gauges: &[Gauge], now: Timestamp) -> serde_json::Value {
        let gauges = gauges.iter().map(|(name, _, value)| {
            serde_json::json!({ "Name": name.replacen('_', ".", 2), "Value": value, "Labels": {} })
        });
        let counters = self.outcomes().into_iter().map(|(outcome, count)| {
            serde_json::json!({
                "Name": "vault.core.handle_request", "Count": count, "Sum": count, "Labels": { "outcome": outcome },
            })
        });
        let calls = self.done + self.refused + self.failed;
        serde_json::json!({
            "Timestamp": now.to_string(),
            "Gauges": gauges.collect::<Vec<_>>(),
            "Points": [],
            "Counters": counters.collect::<Vec<_>>(),
            "Samples": [{
                "Name": "vault.core.handle_request", "Count": calls, "Sum": self.seconds() * 1000.0, "Labels": {},
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_counted_once_whatever_thread_it_runs_on() {
        let metrics = std::sync::Arc::new(Metrics::default());
        let threads = (0..40).map(|i| {
            let metrics = std::sync::Arc::clone(&metrics);
            std::thread::spawn(move || {
                let fault = [None, Some(Fault::absent()), Some(Fault::sealed())];
                metrics.count(fault[i % 3].as_ref(), Duration::from_millis(100));
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|t| t.join().unwrap());
        let totals = metrics.totals();
        assert_eq!((totals.done, totals.refused, totals.failed, totals.nanos), (14, 13, 13, 4_000_000_000));
        let text = totals.prometheus(&[("vault_core_unsealed", "Whether it is open.", 1)]);
        assert!(text.contains("# TYPE vault_core_unsealed gauge\nvault_core_unsealed 1\n"));
        assert!(text.contains("{outcome=\"failed\"} 13\n"));
    }
}
