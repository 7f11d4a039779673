//! Rows of figures.

use crate::load::Round;

/// The rounds of one server under one load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) rounds: Vec<Round>,
    /// CPU seconds of all rounds.
    pub(crate) cpu: f64,
}

impl Row {
    fn requests(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "there are some millions of requests at most")]
        let requests = self.rounds.iter().map(|round| round.requests).sum::<u64>() as f64;
        requests
    }

    /// Microseconds of CPU time for each request.
    pub(crate) fn cpu_micros(&self) -> f64 {
        1e6 * self.cpu / self.requests().max(1.0)
    }

    fn rate(&self) -> f64 {
        self.requests() / self.rounds.iter().map(|round| round.seconds).sum::<f64>().max(1e-9)
    }

    /// The median of the rounds' percentiles, in milliseconds.
    fn percentile(&self, per_cent: usize) -> f64 {
        let mut all: Vec<f64> = self.rounds.iter().map(|round| round.percentile(per_cent)).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.0)
    }
}

/// Prints the heading of the table.
pub(crate) fn heading() {
    println!(
        "{:<24} {:>5} {:<8} {:>10} {:>7} {:>10} {:>9} {:>9}",
        "workload", "conns", "server", "CPU µs", "ratio", "requests/s", "p50 ms", "p99 ms"
    );
}

/// Prints one row, with its ratio to the bare server's.
pub(crate) fn row(workload: &str, connections: usize, server: &str, row: &Row, bare: &Row) {
    println!(
        "{workload:<24} {connections:>5} {server:<8} {:>10.2} {:>7.2} {:>10.0} {:>9.3} {:>9.3}",
        row.cpu_micros(),
        row.cpu_micros() / bare.cpu_micros().max(1e-9),
        row.rate(),
        row.percentile(50),
        row.percentile(99),
    );
}
