//! A new root token for whoever holds enough shares, handed out under a one-time password.

use super::{Quorum, Unsealed};
use crate::{policy::ROOT, random, token::NewToken, vault::Inner};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use kvd_types::{Commit, Fault, Secret};
use std::sync::Arc;
use tokio::sync::Mutex;

/// The one generation that can be under way.
pub(crate) type RootSlot = Arc<Mutex<Option<RootGeneration>>>;

/// A generation under way. It lives in memory only: sealing ends it.
pub(crate) struct RootGeneration {
    holders: Quorum,
    password: Secret<String>,
}

/// How far a generation is.
#[derive(Default)]
pub(crate) struct RootStatus {
    pub(crate) started: bool,
    pub(crate) nonce: String,
    pub(crate) progress: u8,
    pub(crate) required: u8,
}

/// What handing in a share led to.
pub(crate) enum Step {
    /// More are needed.
    More(RootStatus),
    /// The token under the password; `commit` makes it.
    Complete { status: RootStatus, encoded: String, commit: Commit },
}

/// Begins a generation; without a password of the caller's, one is drawn and given back.
///
/// # Errors
/// When one is under way, or the password is not as long as a token.
pub(crate) async fn start(
    vault: &Inner,
    unsealed: &Unsealed,
    password: Option<Secret<String>>,
) -> Result<(RootStatus, Option<Secret<String>>), Fault> {
    if password.as_ref().is_some_and(|p| p.expose().len() != random::TOKEN_LENGTH) {
        return Err(Fault::invalid("OTP string has incorrect length"));
    }
    let mut slot = unsealed.root_generation.lock().await;
    if slot.is_some() {
        return Err(Fault::invalid("root generation already in progress"));
    }
    let (password, shown) = match password {
        Some(password) => (password, None),
        None => {
            let drawn = random::base62(&*vault.entropy, random::TOKEN_LENGTH)?;
            (drawn.clone(), Some(drawn))
        }
    };
    let holders = Quorum::new(unsealed.barrier.seal_config(), "root generation operation", &*vault.entropy)?;
    let started = slot.insert(RootGeneration { holders, password });
    tracing::info!("root generation started");
    Ok((started.status(), shown))
}

/// How far the generation is; with `started` false when none is under way.
pub(crate) async fn status(unsealed: &Unsealed) -> RootStatus {
    match &*unsealed.root_generation.lock().await {
        Some(generation) => generation.status(),
        None => RootStatus {
            required: unsealed.barrier.seal_config().params.threshold(),
            ..RootStatus::default()
        },
    }
}

/// Gives up the generation; that there is none is no error. Where anybody may come, `nonce` has to be known.
pub(crate) async fn cancel(unsealed: &Unsealed, nonce: Option<&str>) -> Result<(), Fault> {
    let mut slot = unsealed.root_generation.lock().await;
    if let (Some(generation), Some(nonce)) = (&*slot, nonce) {
        generation.holders.check_nonce(nonce)?;
    }
    if slot.take().is_some() {
        tracing::info!("root generation cancelled");
    }
    Ok(())
}

/// Takes a share.
pub(crate) async fn provide(
    vault: &Arc<Inner>,
    unsealed: &Arc<Unsealed>,
    nonce: &str,
    share: Secret<Vec<u8>>,
) -> Result<Step, Fault> {
    let mut slot = Arc::clone(&unsealed.root_generation).lock_owned().await;
    let generation = slot.as_mut().ok_or_else(|| Fault::invalid("no root generation in progress"))?;
    generation.holders.check_nonce(nonce)?;
    let Some(key) = generation.holders.provide(share, &*vault.entropy)? else {
        return Ok(Step::More(generation.status()));
    };
    if !unsealed.barrier.is_key(&key) {
        return Err(generation.holders.wrong_shares());
    }
    let token = random::token(&*vault.entropy)?;
    let encoded = encode(&token, &generation.password);
    let required = generation.holders.required();
    let status = RootStatus { progress: required, ..generation.status() };
    let (vault, unsealed) = (Arc::clone(vault), Arc::clone(unsealed));
    let commit = Commit::new(async move {
        let new = NewToken {
            id: Some(token),
            policies: vec![ROOT.to_owned()],
            path: "auth/token/root".to_owned(),
            display_name: "root".to_owned(),
            from_init: true,
            ..NewToken::default()
        };
        unsealed.tokens.create(&*vault.entropy, vault.clock.now(), new).await?;
        *slot = None;
        tracing::warn!("a root token was generated");
        Ok(())
    });
    Ok(Step::Complete { status, encoded, commit })
}

impl RootGeneration {
    fn status(&self) -> RootStatus {
        RootStatus {
            started: true,
            nonce: self.holders.nonce().to_owned(),
            progress: self.holders.provided(),
            required: self.holders.required(),
        }
    }
}

/// The token under the password: both are of the same length, and whoever lacks the password learns that only.
fn encode(token: &Secret<String>, password: &Secret<String>) -> String {
    let bytes = token.expose().bytes().zip(password.expose().bytes()).map(|(a, b)| a ^ b);
    STANDARD_NO_PAD.encode(bytes.collect::<Vec<_>>())
}

/// The token, out of what a generation gave.
///
/// # Errors
/// When the two do not belong together in form.
pub(crate) fn decode(encoded: &str, password: &Secret<String>) -> Result<Secret<String>, Fault> {
    let bytes = STANDARD_NO_PAD
        .decode(encoded.trim_end_matches('='))
        .map_err(|_| Fault::invalid("error decoding the token: it is not base64"))?;
    if bytes.len() != password.expose().len() {
        return Err(Fault::invalid("error decoding the token: the OTP is of another length"));
    }
    let plain = bytes.iter().zip(password.expose().bytes()).map(|(a, b)| a ^ b).collect();
    String::from_utf8(plain)
        .map(Secret::new)
        .map_err(|_| Fault::invalid("error decoding the token: the OTP does not belong to it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_with_its_password_only() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let (token, password) = (secret("hvs.abcdef"), secret("0123456789"));
        let encoded = encode(&token, &password);
        assert_eq!(decode(&encoded, &password).unwrap().expose(), token.expose());
        assert_ne!(decode(&encoded, &secret("9876543210")).unwrap().expose(), token.expose());
        for (encoded, password) in [("!!", "01"), (encoded.as_str(), "0123"), ("", "0")] {
            assert!(decode(encoded, &secret(password)).is_err(), "{encoded} {password}");
        }
    }
}
