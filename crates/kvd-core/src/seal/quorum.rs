//! Shares that are collected while the vault is open, to prove that their holders agree with a change of keys.

use super::share_fault;
use crate::random;
use kvd_barrier::{BarrierError, Provided, SealConfig, UnsealKey, UnsealProgress};
use kvd_types::{Entropy, Fault, Secret};

/// The shares handed in so far, under a nonce that names the attempt.
pub(crate) struct Quorum {
    nonce: String,
    shares: UnsealProgress,
    /// What the shares are for, as a refusal calls it.
    what: &'static str,
}

impl Quorum {
    /// No shares yet; `config` says which shares are wanted.
    pub(crate) fn new(config: SealConfig, what: &'static str, entropy: &dyn Entropy) -> Result<Self, Fault> {
        Ok(Self { nonce: random::uuid(entropy)?, shares: UnsealProgress::new(config), what })
    }

    /// Names this attempt. Whoever started it hands it to the holders; no refusal repeats it.
    pub(crate) fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(crate) fn provided(&self) -> u8 {
        self.shares.provided()
    }

    pub(crate) fn required(&self) -> u8 {
        self.shares.config().params.threshold()
    }

    /// Refuses a nonce that is not this attempt's.
    pub(crate) fn check_nonce(&self, nonce: &str) -> Result<(), Fault> {
        if nonce == self.nonce {
            return Ok(());
        }
        Err(Fault::invalid(format!("incorrect nonce supplied for this {}", self.what)))
    }

    /// Takes a share; with enough of them, gives what they open and is back at its beginning.
    pub(crate) fn provide(
        &mut self,
        share: Secret<Vec<u8>>,
        entropy: &dyn Entropy,
    ) -> Result<Option<UnsealKey>, Fault> {
        let before = self.provided();
        let provided = self.shares.provide(share, entropy).map_err(|error| {
            if matches!(error, BarrierError::WrongShares) { self.wrong_shares() } else { share_fault(error) }
        })?;
        match provided {
            Provided::Complete(key) => Ok(Some(key)),
            Provided::More if self.provided() == before => {
                // Vault says so of a rekey as well.
                Err(Fault::invalid("given key has already been provided during this generation operation"))
            }
            Provided::More => Ok(None),
        }
    }

    /// The shares belong together in form, but not to this vault.
    pub(crate) fn wrong_shares(&self) -> Fault {
        Fault::invalid(format!("{} failed, invalid key", self.what))
    }
}
