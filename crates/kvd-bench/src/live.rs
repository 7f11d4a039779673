//! A server with very many live tokens: how long it takes to start, and what it keeps in memory.

use crate::{
    connection::{Connection, request},
    report::Report,
    setup,
};
use anyhow::{Result, bail};
use serde_json::json;
use std::path::Path;
use tokio::task::JoinSet;

/// By which it is asked for on the command line.
pub(crate) const NAME: &str = "live";
/// Tokens that are live.
const TOKENS: u64 = 100_000;
/// Connections over which they are made.
const CONNECTIONS: u64 = 64;

/// Starts the program on its own data, first with hardly a token and then with all of them.
pub(crate) async fn measure(program: &Path, folder: &Path, report: &mut Report) -> Result<()> {
    let mut server = setup::start(program, "rocksdb", folder).await?;
    for live in [0, TOKENS] {
        make(&server.process.address, &server.root, live).await?;
        server.process.stop().await?;
        let (process, start) = setup::restart(program, folder, &server.key, &server.root).await?;
        report.add_start(live, start, process.resident_bytes()?);
        server.process = process;
    }
    server.process.stop().await
}

async fn make(address: &str, root: &str, count: u64) -> Result<()> {
    let body = json!({"policies": ["app"], "ttl": "24h"});
    let create = request("POST", "auth/token/create", root, &body);
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (mut connection, create) = (Connection::open(address).await?, create.clone());
        tasks.spawn(async move {
            for _ in 0..count / CONNECTIONS {
                let answer = connection.exchange(&create).await?;
                if answer.status != 200 {
                    bail!("a token was answered with {}", answer.status);
                }
            }
            Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}
