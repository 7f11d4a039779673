//! Batch tokens: nothing is stored of them, the token is its own sealed record.
//!
//! `hvb.` and the sealed [`TokenEntry`](super::entry::TokenEntry), in base64 for URLs without padding. The key serves
//! nothing else, and the namespace is bound to what it seals, so no record of the store passes for a token, nor a token
//! for a record.

use super::entry::TokenEntry;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kvd_barrier::{Barrier, SealingKey};
use kvd_types::{Entropy, Fault, NamespaceId, Secret};

const PREFIX: &str = "hvb.";

/// Seals and opens batch tokens.
pub(super) struct BatchTokens(SealingKey);

impl BatchTokens {
    pub(super) fn new(barrier: &Barrier) -> Result<Self, Fault> {
        barrier.sealing_key("batch-token").map(Self).map_err(Fault::internal)
    }

    /// The token that says `entry`.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(super) fn seal(&self, entry: &TokenEntry, entropy: &dyn Entropy) -> Result<Secret<String>, Fault> {
        let plain = Secret::new(serde_json::to_vec(entry).map_err(Fault::internal)?);
        let sealed = self.0.seal(NamespaceId::ROOT, plain.expose(), entropy)?;
        let mut token = PREFIX.to_owned();
        URL_SAFE_NO_PAD.encode_string(sealed, &mut token);
        Ok(Secret::new(token))
    }

    /// What a token says; nothing for any text that this vault has not made.
    pub(super) fn open(&self, token: &str) -> Option<TokenEntry> {
        let sealed = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let plain = self.0.open(NamespaceId::ROOT, &sealed)?;
        serde_json::from_slice(plain.expose()).ok()
    }
}
