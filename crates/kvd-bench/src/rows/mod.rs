//! What is measured: one file a group, one [`Row`] a line of the table.
//!
//! To add a group, write a file like `read.rs` and add its line to [`GROUPS`]. Every group gets servers of its own, so
//! what its rows leave in the store is in nobody's way.

mod growth;
mod list;
mod login;
mod policies;
mod read;
mod token;
mod versions;
mod write;

use crate::{load::Requests, setup::Server};
use anyhow::Result;
use std::{future::Future, pin::Pin};

/// All groups, in the order in which they run.
pub(crate) const GROUPS: [Group; 8] = [
    read::GROUP,
    write::GROUP,
    token::GROUP,
    policies::GROUP,
    login::GROUP,
    versions::GROUP,
    list::GROUP,
    growth::GROUP,
];

/// Rows that share their servers, and are asked for by one name on the command line.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) rows: &'static [Row],
}

/// One workload.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// How many connections send requests at a time; a line of the table for each.
    pub(crate) connections: &'static [usize],
    /// What the server has to do at the very least, which the bare server does in the same rounds.
    pub(crate) limit: Limit,
    /// Whether a file audit device is on. Rows with one stand behind those without, for it stays on.
    pub(crate) audit: bool,
    /// The status that every answer must have.
    pub(crate) status: u16,
    /// Puts into a server what the row needs there, and gives the requests.
    pub(crate) prepare: Prepare,
}

/// See [`Row::prepare`].
pub(crate) type Prepare = for<'s> fn(&'s Server) -> Prepared<'s>;
/// The future that [`Prepare`] makes, with `Box::pin(async move { … })`.
pub(crate) type Prepared<'s> = Pin<Box<dyn Future<Output = Result<Requests>> + 's>>;

/// The least that a workload costs on any server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Taking a request and sending the same bytes.
    Answer,
    /// The same, and having what was sent on disk before: such rows also count flushes.
    Flush,
}

/// One connection for latency, many for throughput.
const FEW_AND_MANY: &[usize] = &[1, 64];
