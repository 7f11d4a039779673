//! Runs the rows: servers are loaded in turn, again and again, so that a busy machine hurts all of them alike.

use crate::{
    Options,
    connection::{Connection, raw_request},
    live,
    load::{self, Requests},
    process::{Process, free_address},
    report::{Figures, Line, Report},
    rows::{GROUPS, Group, Limit, Row},
    setup::{self, SECRETS, Server},
};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

/// How long a server is loaded before anything counts.
const WARM_UP: Duration = Duration::from_millis(300);

/// A server in the rounds.
struct Runner<'a> {
    name: &'static str,
    process: &'a Process,
    requests: Requests,
}

/// Measures the rows of the groups that were asked for.
pub(crate) async fn run(options: &Options) -> Result<Report> {
    let folder = tempfile::tempdir()?;
    let address = free_address()?;
    let arguments = ["bare".into(), address.clone().into(), folder.path().join("bare.log").into()];
    let bare =
        Process::start(&std::env::current_exe()?, &arguments, address, &folder.path().join("bare.out"))
            .await?;
    let mut report = Report::default();
    report.heading();
    for group in GROUPS.iter().filter(|group| options.wants(group.name)) {
        measure(options, group, &bare, &folder.path().join(group.name), &mut report).await?;
    }
    if options.wants(live::NAME) {
        live::measure(&options.kvd, &folder.path().join(live::NAME), &mut report).await?;
    }
    Ok(report)
}

async fn measure(
    options: &Options,
    group: &Group,
    bare: &Process,
    folder: &Path,
    report: &mut Report,
) -> Result<()> {
    let kvd = setup::start(&options.kvd, "rocksdb", &folder.join("kvd")).await?;
    let peer = match &options.against {
        Some(program) => Some(setup::start(program, "raft", &folder.join("peer")).await?),
        None => None,
    };
    let mut servers = vec![("kvd", &kvd)];
    servers.extend(peer.as_ref().map(|peer| ("peer", peer)));
    let mut audited = false;
    for row in group.rows {
        if row.audit && !audited {
            audited = true;
            for (name, server) in &servers {
                enable_audit(server, &folder.join(format!("{name}-audit.log"))).await?;
            }
        }
        let mut runners = Vec::new();
        for (name, server) in &servers {
            let requests = (row.prepare)(server).await.with_context(|| format!("{}: {name}", row.name))?;
            runners.push(Runner { name, process: &server.process, requests });
        }
        // The numbers go on from one line to the next, so that what is to be new is.
        let numbers = Arc::new(AtomicU64::new(0));
        show_answer(&runners, bare, &numbers).await?;
        for connections in row.connections {
            rounds(options, row, *connections, bare, &runners, &numbers, report).await?;
        }
    }
    drop(servers);
    kvd.process.stop().await?;
    for row in group.rows.iter().filter(|row| row.limit == Limit::Flush) {
        for connections in row.connections {
            flushes(options, row, *connections, folder, report).await?;
        }
    }
    Ok(())
}

/// Gives the bare server the body that kvd answers with.
async fn show_answer(runners: &[Runner<'_>], bare: &Process, numbers: &AtomicU64) -> Result<()> {
    let kvd = runners.first().context("there is no server")?;
    let mut connection = Connection::open(&kvd.process.address).await?;
    let number = numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let answer = connection.exchange(&(kvd.requests)(number)).await?;
    let body = connection.last(answer).1.to_vec();
    Connection::open(&bare.address).await?.exchange(&raw_request("PUT", "body", "", &body)).await?;
    Ok(())
}

async fn enable_audit(server: &Server, file: &Path) -> Result<()> {
    let device = json!({"type": "file", "options": {"file_path": file}});
    let mut connection = Connection::open(&server.process.address).await?;
    connection.demand("PUT", "sys/audit/file", &server.root, &device).await.context("no audit device")?;
    Ok(())
}

/// One line for each server, the bare one first. The first round only warms up.
async fn rounds(
    options: &Options,
    row: &Row,
    connections: usize,
    bare: &Process,
    runners: &[Runner<'_>],
    numbers: &Arc<AtomicU64>,
    report: &mut Report,
) -> Result<()> {
    let limit = match row.limit {
        Limit::Answer => ("GET", Vec::new()),
        Limit::Flush => ("POST", setup::secret().to_string().into_bytes()),
    };
    let request = raw_request(limit.0, "limit", "", &limit.1);
    let limit = Runner { name: "bare", process: bare, requests: Arc::new(move |_| request.clone()) };
    let all: Vec<(&Runner<'_>, u16)> =
        std::iter::once((&limit, 200)).chain(runners.iter().map(|runner| (runner, row.status))).collect();
    let mut figures = vec![Figures::default(); all.len()];
    for round in 0..=options.rounds {
        for ((runner, status), figures) in all.iter().zip(&mut figures) {
            let length = if round == 0 { WARM_UP } else { options.round };
            let before = runner.process.cpu_seconds()?;
            let address = &runner.process.address;
            let measured =
                load::run(address, connections, length, &runner.requests, numbers, *status).await?;
            if round > 0 {
                figures.add(measured, runner.process.cpu_seconds()? - before);
            }
        }
    }
    let bare = figures.first().map_or(0.0, Figures::cpu_micros);
    for ((runner, _), figures) in all.iter().zip(&figures) {
        report.add(Line::of(row.name, connections, runner.name, figures, bare));
    }
    Ok(())
}

/// Counts flushes of the disk for each request: kvd says at its end how many it made, so each line gets a server of its
/// own.
async fn flushes(
    options: &Options,
    row: &Row,
    connections: usize,
    folder: &Path,
    report: &mut Report,
) -> Result<()> {
    let folder = folder.join(format!("{}-{connections}", row.name));
    let server = setup::start(&options.kvd, "rocksdb", &folder).await?;
    let requests = (row.prepare)(&server).await?;
    let address = &server.process.address;
    let round =
        load::run(address, connections, options.round, &requests, &Arc::default(), row.status).await?;
    server.process.stop().await?;
    // The server's own set-up made one flush for each of the secrets and a few for the rest.
    let flushes = counted(&folder.join("server.log"))?.saturating_sub(SECRETS);
    report.add_flushes(row.name, connections, round.requests, flushes);
    Ok(())
}

/// The number of flushes in the line that a server logs at its end.
fn counted(log: &Path) -> Result<u64> {
    let text = fs::read_to_string(log)?;
    let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter_map(|line| line["flushes"].as_u64())
        .next()
        .context("the server did not say how often it flushed")
}
