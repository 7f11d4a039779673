//! The keys of an issuer that are fetched: when, how often, and for how long they are believed.
//!
//! - What was fetched is believed for [`GOOD_FOR`]; then it is fetched again, and without success nobody logs in.
//! - A token that no kept key has signed has the keys fetched again, since the issuer may have new ones; but at most
//!   once within [`PAUSE`], so that made-up tokens do not become a load on the issuer.
//! - A fetch that failed leaves nothing behind: the next login tries anew.
//! - Logins that wait for the same keys share one fetch, and none holds a lock while it waits.
//!
//! There is one set of keys at most, and it is good only for the address and authorities it was fetched by.

use super::config::{Origin, OriginKind};
use crate::jose::{Claims, KeySet, Token, TokenError};
use futures_util::future::{BoxFuture, FutureExt, Shared};
use kvd_backend::{Outbound, OutboundCall, OutboundError};
use kvd_types::Timestamp;
use serde::Deserialize;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long keys are believed without asking again: as long as a key that the issuer has withdrawn still counts.
const GOOD_FOR: Duration = Duration::from_secs(300);

/// The least time between two fetches for tokens that no kept key has signed.
const PAUSE: Duration = Duration::from_secs(5);

/// Why there are no keys: the call failed, or (none) what it gave is no set of keys.
pub(super) type FetchError = Option<OutboundError>;

type Fetch = Shared<BoxFuture<'static, Result<Arc<KeySet>, FetchError>>>;

/// The keys of one mount.
pub(super) struct RemoteKeys {
    outbound: Arc<dyn Outbound>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    running: Option<(Origin, Fetch)>,
}

#[derive(Clone)]
struct Kept {
    origin: Origin,
    keys: Arc<KeySet>,
    fetched: Timestamp,
}

impl RemoteKeys {
    pub(super) fn new(outbound: Arc<dyn Outbound>) -> Self {
        Self { outbound, state: Mutex::default() }
    }

    /// What `token` says, if a key from `origin` has signed it.
    ///
    /// # Errors
    /// When none has, or there are no keys.
    pub(super) async fn verify(
        &self,
        token: &Token<'_>,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Claims, TokenError> {
        let no_keys = |_| TokenError::NoKeys;
        let (keys, fetched) = self.keys(origin, now).await.map_err(no_keys)?;
        match token.verify(&keys) {
            Err(TokenError::Signature) if now.since(fetched) >= PAUSE => {
                let keys = self.renewed(origin, now).await.map_err(no_keys)?;
                token.verify(&keys)
            }
            outcome => outcome,
        }
    }

    /// The keys, and when they were fetched.
    ///
    /// # Errors
    /// When they cannot be had.
    pub(super) async fn keys(
        &self,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(Arc<KeySet>, Timestamp), FetchError> {
        let kept = self.locked(|state| state.kept.clone());
        match kept.filter(|k| k.origin == *origin && now.since(k.fetched) < GOOD_FOR) {
            Some(kept) => Ok((kept.keys, kept.fetched)),
            None => Ok((self.renewed(origin, now).await?, now)),
        }
    }

    /// Fetches the keys, or waits for a fetch that runs already, and keeps them.
    async fn renewed(&self, origin: &Origin, now: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        let fetch = self.locked(|state| {
            // One that has ended belongs to logins before this one.
            let running = state.running.take_if(|(from, fetch)| from == origin && fetch.peek().is_none());
            let fetch = running.map_or_else(|| self.begin(origin), |(_, fetch)| fetch);
            state.running = Some((origin.clone(), fetch.clone()));
            fetch
        });
        let outcome = fetch.clone().await;
        self.locked(|state| {
            if state.running.as_ref().is_some_and(|(_, running)| running.ptr_eq(&fetch)) {
                state.running = None;
                if let Ok(keys) = &outcome {
                    let (origin, keys) = (origin.clone(), Arc::clone(keys));
                    state.kept = Some(Kept { origin, keys, fetched: now });
                }
            }
        });
        outcome
    }

    fn begin(&self, origin: &Origin) -> Fetch {
        let (outbound, origin) = (Arc::clone(&self.outbound), origin.clone());
        async move { fetch(&*outbound, &origin).await.map(Arc::new) }.boxed().shared()
    }

    /// Fetches the keys and keeps nothing.
    ///
    /// # Errors
    /// When they cannot be had.
    pub(super) async fn fetch(&self, origin: &Origin) -> Result<KeySet, FetchError> {
        fetch(&*self.outbound, origin).await
    }

    fn locked<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn fetch(outbound: &dyn Outbound, origin: &Origin) -> Result<KeySet, FetchError> {
    let url = match origin.kind {
        OriginKind::KeySet => origin.url.clone(),
        OriginKind::Discovery => {
            discovered(&get(outbound, origin, &well_known(&origin.url)).await?, &origin.url)?
        }
    };
    KeySet::parse(&get(outbound, origin, &url).await?).ok_or(None)
}

async fn get(outbound: &dyn Outbound, origin: &Origin, url: &str) -> Result<Vec<u8>, FetchError> {
    let answer = outbound.send(OutboundCall::get(url, origin.trust.clone())).await?;
    if answer.status == 200 { Ok(answer.body) } else { Err(None) }
}

/// Where an issuer says where its keys are (OpenID Connect Discovery 1.0 §4).
fn well_known(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// Where the keys are. The document must be about this issuer, and must not lead from TLS to plain text.
fn discovered(document: &[u8], issuer: &str) -> Result<String, FetchError> {
    #[derive(Deserialize)]
    struct Document {
        issuer: String,
        jwks_uri: String,
    }
    let document: Document = serde_json::from_slice(document).map_err(|_| None)?;
    let is_downgrade = issuer.starts_with("https://") && !document.jwks_uri.starts_with("https://");
    if document.issuer != issuer || is_downgrade { Err(None) } else { Ok(document.jwks_uri) }
}

#[cfg(test)]
mod tests;
