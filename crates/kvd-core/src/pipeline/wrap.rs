//! The last stage: an answer that shall be wrapped is kept, and the caller told where it waits.

use super::dispatch::Dispatched;
use crate::wrapping::{self, Wish};
use kvd_types::{Fault, Reply};

/// Gives the answer as the caller wants it: the only way from an engine's reply out of the vault.
pub(super) async fn give(dispatched: Dispatched<'_>) -> Result<Reply, Fault> {
    let (routed, reply) = dispatched.parts();
    let (vault, call) = (routed.watched.vault(), routed.watched.call());
    let ttl = match call.wrap_ttl {
        Some(ttl) if !ttl.is_zero() && wrapping::can_wrap(&reply) => ttl.min(vault.settings.max_lease),
        Some(_) | None => return Ok(reply),
    };
    let wish = Wish { ttl, path: call.path.to_string() };
    let now = routed.watched.trail().now;
    Box::pin(wrapping::wrap(&routed.unsealed.tokens, &*vault.entropy, now, wish, reply)).await
}
