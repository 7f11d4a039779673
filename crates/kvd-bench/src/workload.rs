//! The workloads: which requests, to which servers, in which order.

use crate::{
    Options,
    connection::{Connection, request},
    load::{self, Requests},
    process::{Process, free_address},
    report::{self, Row},
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

/// How many connections are loaded at a time.
const CONNECTIONS: [usize; 2] = [1, 64];

/// A server in the rounds.
struct Runner<'a> {
    name: &'a str,
    process: &'a Process,
    requests: Requests,
}

/// A load, as the table names it.
#[derive(Clone, Copy)]
struct Workload {
    name: &'static str,
    connections: usize,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let kvd = setup::start(&options.kvd, "rocksdb", &folder.path().join("kvd")).await?;
    let peer = match &options.against {
        Some(program) => Some(setup::start(program, "raft", &folder.path().join("peer")).await?),
        None => None,
    };
    let bare = start_bare(&kvd, folder.path()).await?;
    report::heading();
    if options.read {
        reads(options, "read", &kvd, peer.as_ref(), &bare).await?;
    }
    if options.write {
        writes(options, &kvd, peer.as_ref(), &bare).await?;
    }
    if options.read {
        for (server, name) in std::iter::once((&kvd, "kvd")).chain(peer.as_ref().map(|peer| (peer, "peer"))) {
            enable_audit(server, &folder.path().join(format!("{name}-audit.log"))).await?;
        }
        reads(options, "read, file audit", &kvd, peer.as_ref(), &bare).await?;
    }
    kvd.process.stop().await?;
    if options.write {
        flushes(options, folder.path()).await?;
    }
    Ok(())
}

/// Starts the bare server with the body that kvd answers a read with.
async fn start_bare(kvd: &Server, folder: &Path) -> Result<Process> {
    let mut connection = Connection::open(&kvd.process.address).await?;
    let answer = connection.exchange(&request("GET", "secret/data/app/1", &kvd.token, &Value::Null)).await?;
    let (head, body) = connection.last(answer);
    println!("a read is answered with {} bytes of head and {} of body", head.len(), body.len());
    fs::write(folder.join("body"), body)?;
    let address = free_address()?;
    let arguments =
        ["bare".into(), address.clone().into(), folder.join("body").into(), folder.join("bare.log").into()];
    Process::start(&std::env::current_exe()?, &arguments, address, &folder.join("bare.out")).await
}

async fn enable_audit(server: &Server, file: &Path) -> Result<()> {
    let device = json!({"type": "file", "options": {"file_path": file}});
    let mut connection = Connection::open(&server.process.address).await?;
    connection.demand("PUT", "sys/audit/file", &server.root, &device).await.context("no audit device")?;
    Ok(())
}

async fn reads(
    options: &Options,
    name: &'static str,
    kvd: &Server,
    peer: Option<&Server>,
    bare: &Process,
) -> Result<()> {
    for connections in CONNECTIONS {
        let requests = |token: &str| -> Requests {
            let token = token.to_owned();
            let all: Vec<_> = (0..SECRETS)
                .map(|number| request("GET", &format!("secret/data/app/{number}"), &token, &Value::Null))
                .collect();
            Arc::new(move |number| {
                let at = usize::try_from(number % SECRETS).unwrap_or(0);
                all.get(at).cloned().unwrap_or_default()
            })
        };
        rounds(options, Workload { name, connections }, &runners(kvd, peer, bare, requests)).await?;
    }
    Ok(())
}

async fn writes(options: &Options, kvd: &Server, peer: Option<&Server>, bare: &Process) -> Result<()> {
    for connections in CONNECTIONS {
        let requests = |token: &str| -> Requests {
            let (token, secret) = (token.to_owned(), setup::secret());
            Arc::new(move |number| {
                request("POST", &format!("secret/data/app/{connections}-{number}"), &token, &secret)
            })
        };
        rounds(options, Workload { name: "write", connections }, &runners(kvd, peer, bare, requests)).await?;
    }
    Ok(())
}

fn runners<'a>(
    kvd: &'a Server,
    peer: Option<&'a Server>,
    bare: &'a Process,
    requests: impl Fn(&str) -> Requests,
) -> Vec<Runner<'a>> {
    let bare = Runner { name: "bare", process: bare, requests: requests(&kvd.token) };
    let mut runners =
        vec![bare, Runner { name: "kvd", process: &kvd.process, requests: requests(&kvd.token) }];
    runners.extend(peer.map(|peer| Runner {
        name: "peer",
        process: &peer.process,
        requests: requests(&peer.token),
    }));
    runners
}

/// Loads the servers in turn, again and again, and prints a row for each. The first round only warms up.
async fn rounds(options: &Options, workload: Workload, runners: &[Runner<'_>]) -> Result<()> {
    let numbers = Arc::new(AtomicU64::new(0));
    let mut rows = vec![Row::default(); runners.len()];
    for round in 0..=options.rounds {
        for (runner, row) in runners.iter().zip(&mut rows) {
            let length = if round == 0 { Duration::from_millis(300) } else { options.round };
            let before = runner.process.cpu_seconds()?;
            let address = &runner.process.address;
            let measured =
                load::run(address, workload.connections, length, &runner.requests, &numbers, 200).await?;
            if round > 0 {
                row.cpu += runner.process.cpu_seconds()? - before;
                row.rounds.push(measured);
            }
        }
    }
    let bare = rows.first().cloned().unwrap_or_default();
    for (runner, row) in runners.iter().zip(&rows) {
        report::row(workload.name, workload.connections, runner.name, row, &bare);
    }
    Ok(())
}

/// Counts flushes of the disk for each write: the server says at its end how many it made, so each number of
/// writers gets a server of its own.
async fn flushes(options: &Options, folder: &Path) -> Result<()> {
    println!(
        "\n{:<24} {:>5} {:>10} {:>10} {:>16}",
        "flushes", "conns", "writes", "flushes", "flushes a write"
    );
    for connections in CONNECTIONS {
        let folder = folder.join(format!("flushes-{connections}"));
        let server = setup::start(&options.kvd, "rocksdb", &folder).await?;
        let (token, secret) = (server.token.clone(), setup::secret());
        let requests: Requests = Arc::new(move |number| {
            request("POST", &format!("secret/data/app/{connections}-{number}"), &token, &secret)
        });
        let numbers = Arc::default();
        let round =
            load::run(&server.process.address, connections, options.round, &requests, &numbers, 200).await?;
        server.process.stop().await?;
        // The server's own set-up made one flush for each of the secrets and a few for the rest.
        let flushes = counted(&folder.join("server.log"))?.saturating_sub(SECRETS);
        #[expect(clippy::cast_precision_loss, reason = "there are some hundred thousand at most")]
        let each = flushes as f64 / round.requests.max(1) as f64;
        println!("{:<24} {connections:>5} {:>10} {flushes:>10} {each:>16.3}", "", round.requests);
    }
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
