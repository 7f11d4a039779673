//! The request path: one list of typed stages, outermost first.
//!
//! Each stage takes what the one before it has proved and adds its own proof. The types have private fields and
//! one constructor each, so a stage that is left out or swapped with another is a type error:
//!
//! | stage | takes | gives | proves |
//! | --- | --- | --- | --- |
//! | [`watch::begin`] | the call | [`Watched`](watch::Watched) | its outcome will be recorded, whatever it is |
//! | [`gate::admit`] | `Watched` | [`Admitted`](gate::Admitted) | the vault is unsealed, and stays so until the call is done |
//! | [`route::find`] | `Admitted` | [`Routed`](route::Routed) | which mount and route it is for, or that there is none |
//! | [`authenticate::check`] | `Routed` | [`Authenticated`](authenticate::Authenticated) | whose token it is; a use of it is counted |
//! | [`authorize::judge`] | `Authenticated` | [`Permitted`](authorize::Permitted) | the policies allow it |
//! | [`record::request`] | `Permitted` | [`Audited`](record::Audited) | at least one audit device has the request |
//! | [`dispatch::run`] | `Audited` | [`Dispatched`](dispatch::Dispatched) | the engine has done it |
//! | [`wrap::give`] | `Dispatched` | the reply | it is wrapped, if that was asked for |
//!
//! `tests/request_path.rs` has the compiler refuse each list with a stage left out and each with two swapped.

mod alias;
mod authenticate;
mod authorize;
mod dispatch;
mod gate;
mod grant;
mod record;
mod route;
mod watch;
mod wrap;

#[cfg(test)]
mod tests;

pub(crate) use self::watch::Trail;

use crate::{seal::Unsealed, token::TokenState, vault::Inner};
use kvd_types::{Call, Fault, Operation, Reply, Timestamp};
use std::sync::Arc;

/// Takes a call from the door to the engine and back.
///
/// The vault is given away with the call, so that the future needs no other around it that holds them both.
pub(crate) async fn serve(vault: Arc<Inner>, mut call: Call) -> Result<Reply, Fault> {
    let began = vault.clock.now();
    alias::modernize(&mut call);
    let outcome = match call.operation {
        Operation::Read | Operation::List | Operation::Scan | Operation::Help | Operation::Header => {
            answer(&vault, &call, began).await
        }
        // A task of its own: a client that hangs up must not keep a change that is durable from reaching the memory.
        Operation::Write | Operation::Patch | Operation::Delete => {
            let vault = Arc::clone(&vault);
            let task = tokio::spawn(async move { answer(&vault, &call, began).await });
            task.await.map_err(Fault::internal).flatten()
        }
    };
    vault.metrics.count(outcome.as_ref().err(), vault.clock.now().since(began));
    outcome
}

async fn answer(vault: &Arc<Inner>, call: &Call, began: Timestamp) -> Result<Reply, Fault> {
    let underway = vault.in_flight.enter(call, began);
    let trail = Trail::new(began, underway.ticket);
    let outcome = match run(vault, call, &trail).await {
        Ok(reply) | Err(Stop::Answered(reply)) => Ok(reply),
        Err(Stop::Refused(fault)) => Err(fault),
    };
    let outcome = match spent(&trail) {
        // Work that comes up seldom lies in a box of its own, or every call would carry the room for it.
        Some((unsealed, token)) => Box::pin(unsealed.tokens.revoke_tree(token.hash)).await.and(outcome),
        None => outcome,
    };
    // The answer leaves only after its record: a secret that nobody recorded is not given out.
    let mut reply = record::response(vault, call, &trail, outcome).await?;
    if let Some(commit) = reply.commit.take() {
        // A task of its own: a client that hangs up must not leave a change of keys half done.
        tokio::spawn(commit.into_work()).await.map_err(Fault::internal)??;
    }
    reply.headers.extend(trail.headers.get().cloned().unwrap_or_default());
    Ok(reply)
}

/// The stages, outermost first. Each takes exactly what the one before it gives.
async fn run(vault: &Arc<Inner>, call: &Call, trail: &Trail) -> Result<Reply, Stop> {
    let call = watch::begin(vault, call, trail);
    // What must answer while sealed is one list, and nothing else gets past a sealed gate.
    let call = gate::admit(call).await?;
    // Routing says nothing to the caller: whether a mount exists is told only to who may know.
    let call = route::find(call)?;
    let call = authenticate::check(call).await?;
    let call = authorize::judge(call).await?;
    // The last stage before the engine: what is not recorded has no effect.
    let call = record::request(call).await?;
    let call = dispatch::run(call).await?;
    Ok(wrap::give(call).await?)
}

/// Why a call does not get to its engine.
enum Stop {
    /// It is refused.
    Refused(Fault),
    /// The gate has answered it.
    Answered(Reply),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

/// The token whose last use this was: it goes, with all its children, before the answer does.
fn spent(trail: &Trail) -> Option<(&Unsealed, &TokenState)> {
    let (unsealed, token) = (trail.unsealed.get()?, trail.token.get()?);
    token.entry.spent.then_some((unsealed, token))
}
