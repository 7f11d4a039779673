//! Figures of the rounds: printed as a table while they come in, kept for the files that are written at the end.

use crate::load::Round;
use serde_json::{Value, json};
use std::time::Duration;

/// The rounds of one server under one load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    rounds: Vec<Round>,
    /// CPU seconds of each round.
    cpu: Vec<f64>,
}

impl Figures {
    pub(crate) fn add(&mut self, round: Round, cpu_seconds: f64) {
        self.rounds.push(round);
        self.cpu.push(cpu_seconds);
    }

    /// Microseconds of CPU time for each request; the median of the rounds, for one that was disturbed says nothing.
    pub(crate) fn cpu_micros(&self) -> f64 {
        let rounds = self.rounds.iter().zip(&self.cpu);
        median(rounds.map(|(round, cpu)| 1e6 * cpu / as_float(round.requests.max(1))))
    }

    fn rate(&self) -> f64 {
        median(self.rounds.iter().map(|round| as_float(round.requests) / round.seconds.max(1e-9)))
    }

    /// The median of the rounds' percentiles, in milliseconds.
    fn percentile(&self, per_cent: usize) -> f64 {
        median(self.rounds.iter().map(|round| round.percentile(per_cent)))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "there are some millions of requests at most")]
fn as_float(count: u64) -> f64 {
    count as f64
}

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) row: &'static str,
    pub(crate) connections: usize,
    /// `bare`, `kvd` or `peer`.
    pub(crate) server: &'static str,
    pub(crate) cpu_micros: f64,
    /// To the CPU time of the bare server in the same rounds.
    pub(crate) ratio: f64,
    pub(crate) rate: f64,
    pub(crate) p50_millis: f64,
    pub(crate) p99_millis: f64,
}

impl Line {
    pub(crate) fn of(
        row: &'static str,
        connections: usize,
        server: &'static str,
        figures: &Figures,
        bare_micros: f64,
    ) -> Self {
        let cpu_micros = figures.cpu_micros();
        Self {
            row,
            connections,
            server,
            cpu_micros,
            ratio: cpu_micros / bare_micros.max(1e-9),
            rate: figures.rate(),
            p50_millis: figures.percentile(50),
            p99_millis: figures.percentile(99),
        }
    }
}

/// Flushes of the disk for each request of a row, counted by kvd itself.
#[derive(Clone, Debug)]
struct Flushes {
    row: &'static str,
    connections: usize,
    requests: u64,
    flushes: u64,
}

/// All that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    flushes: Vec<Flushes>,
    starts: Vec<Start>,
}

/// A start of kvd on a store that holds so many live tokens.
#[derive(Clone, Debug)]
struct Start {
    tokens: u64,
    time: Duration,
    resident_bytes: u64,
}

impl Report {
    /// Prints the heading of the table.
    pub(crate) fn heading(&self) {
        println!(
            "{:<24} {:>5} {:<8} {:>10} {:>7} {:>10} {:>9} {:>9}",
            "workload", "conns", "server", "CPU µs", "ratio", "requests/s", "p50 ms", "p99 ms"
        );
    }

    /// Prints a line and keeps it.
    pub(crate) fn add(&mut self, line: Line) {
        println!(
            "{:<24} {:>5} {:<8} {:>10.2} {:>7.2} {:>10.0} {:>9.3} {:>9.3}",
            line.row,
            line.connections,
            line.server,
            line.cpu_micros,
            line.ratio,
            line.rate,
            line.p50_millis,
            line.p99_millis,
        );
        self.lines.push(line);
    }

    /// The same for a count of flushes.
    pub(crate) fn add_flushes(&mut self, row: &'static str, connections: usize, requests: u64, flushes: u64) {
        let each = as_float(flushes) / as_float(requests.max(1));
        println!("{row:<24} {connections:>5} {requests} requests, {flushes} flushes: {each:.3} each");
        self.flushes.push(Flushes { row, connections, requests, flushes });
    }

    /// The same for a start.
    pub(crate) fn add_start(&mut self, tokens: u64, time: Duration, resident_bytes: u64) {
        let (millis, mib) = (time.as_millis(), resident_bytes >> 20);
        println!("start, {tokens} live tokens: answering after {millis} ms, {mib} MiB in memory");
        self.starts.push(Start { tokens, time, resident_bytes });
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Everything, for programs that compare runs.
    pub(crate) fn json(&self) -> Value {
        let lines = self.lines.iter().map(|line| {
            json!({
                "row": line.row,
                "connections": line.connections,
                "server": line.server,
                "cpu_micros": line.cpu_micros,
                "ratio": line.ratio,
                "requests_per_second": line.rate,
                "p50_millis": line.p50_millis,
                "p99_millis": line.p99_millis,
            })
        });
        let flushes = self.flushes.iter().map(|flushes| {
            json!({
                "row": flushes.row,
                "connections": flushes.connections,
                "requests": flushes.requests,
                "flushes": flushes.flushes,
            })
        });
        let starts = self.starts.iter().map(|start| {
            json!({
                "live_tokens": start.tokens,
                "seconds": start.time.as_secs_f64(),
                "resident_bytes": start.resident_bytes,
            })
        });
        json!({
            "lines": lines.collect::<Vec<_>>(),
            "flushes": flushes.collect::<Vec<_>>(),
            "starts": starts.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_disturbed_round_does_not_count() {
        let mut figures = Figures::default();
        for (cpu, micros) in [(0.1, 900), (9.0, 50_000), (0.2, 1_000)] {
            let round = Round { requests: 10, seconds: 1.0, micros: vec![micros; 10] };
            figures.add(round, cpu);
        }
        let line = Line::of("read", 1, "kvd", &figures, 10_000.0);
        assert_eq!((line.cpu_micros, line.ratio), (20_000.0, 2.0));
        assert_eq!((line.rate, line.p50_millis, line.p99_millis), (10.0, 1.0, 1.0));
    }
}
