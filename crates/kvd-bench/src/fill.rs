//! Fills a server with what a row needs, by many writers at a time: a million secrets take a minute or two.

use crate::{connection::Connection, setup::Server};
use anyhow::{Result, bail};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::task::JoinSet;

/// How many requests are under way at a time, so that the server can flush many together.
const WRITERS: usize = 128;

/// Sends the requests of all numbers below `count`; every answer must be a success.
pub(crate) async fn fill(
    server: &Server,
    count: u64,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Result<()> {
    let (next, request) = (Arc::new(AtomicU64::new(0)), Arc::new(request));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (next, request) = (next.clone(), request.clone());
        let mut connection = Connection::open(&server.process.address).await?;
        writers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                let answer = connection.exchange(&request(number)).await?;
                if answer.status >= 300 {
                    bail!("filling: answered with {}", answer.status);
                }
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    Ok(())
}
