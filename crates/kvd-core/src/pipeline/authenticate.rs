//! Finds out whose token a call shows, and counts its use.

use super::route::Routed;
use crate::{token::TokenState, wrapping};
use kvd_backend::Access;
use kvd_types::{ClientAuth, Fault};
use std::sync::Arc;

/// A call whose caller is known.
pub(super) struct Authenticated<'c> {
    pub(super) routed: Routed<'c>,
    pub(super) identity: Identity,
}

/// Who is calling.
pub(super) enum Identity {
    /// Nobody in particular, on a route that is open to all.
    Anonymous,
    /// Whoever holds this token.
    Token(Arc<TokenState>),
}

pub(super) async fn check(routed: Routed<'_>) -> Result<Authenticated<'_>, Fault> {
    let (call, trail) = (routed.watched.call(), routed.watched.trail());
    if wrapping::is_endpoint(call) {
        Box::pin(wrapping::shown(&routed.unsealed.tokens, call, trail.now)).await?;
    }
    if routed.place.access() == Access::Open {
        return Ok(Authenticated { routed, identity: Identity::Anonymous });
    }
    let ClientAuth::Token(token) = &call.auth else {
        return Err(Fault::permission_denied());
    };
    let tokens = &routed.unsealed.tokens;
    let mut state = tokens.present(token, trail.now).await?.ok_or_else(Fault::permission_denied)?;
    if !state.may_come_from(call.peer.address) {
        return Err(Fault::permission_denied());
    }
    // A use is counted even if the call is refused later: a token with one use left gives one try.
    if state.entry.num_uses > 0 {
        let counted = Box::pin(tokens.count_use(state.hash)).await?;
        state = counted.ok_or_else(Fault::permission_denied)?;
    }
    let _ = trail.token.set(Arc::clone(&state));
    routed.watched.vault().in_flight.identify(trail.ticket, &state);
    Ok(Authenticated { routed, identity: Identity::Token(state) })
}
