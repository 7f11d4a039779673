//! `operator raft`: the commands for servers that store in a Raft cluster.
//!
//! kvd itself is one node with a store of its own and answers them as Vault does without Raft; against a cluster they
//! do what they do in Vault.

pub(crate) mod autopilot;
pub(crate) mod join;
pub(crate) mod list_peers;
pub(crate) mod remove_peer;
pub(crate) mod snapshot;

use crate::{failure::Failure, flags::Arguments};

/// The only argument. Vault has other words here than for wrong counts elsewhere.
///
/// # Errors
/// When there are none or several, or it is empty: `what` is then said to be required.
fn only<'a>(arguments: &'a Arguments, what: &str) -> Result<&'a str, Failure> {
    match arguments.positional.as_slice() {
        [only] if only.trim().is_empty() => Err(Failure::usage(format!("{what} is required"))),
        [only] => Ok(only.trim()),
        other => Err(Failure::usage(format!("Incorrect arguments (expected 1, got {})", other.len()))),
    }
}
