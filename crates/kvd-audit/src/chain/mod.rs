//! The chain of an audit log: what shows that nobody has changed the log since it was written.
//!
//! Beside the log `audit.log`, whose lines stay exactly as clients of Vault know them, lies `audit.log.chain`. Each of
//! its records stands for the lines since the record before it: a short tag for each, which finds the line that is
//! wrong, and one digest over all of them, which cannot be forged. A record names the hash of the one before it and is
//! signed, so records can neither be left out nor be made up.
//!
//! Records are written off the path of the calls, about once a second: a line costs one SHA-256 and nothing else. What
//! a crash leaves without a record is taken up at the next start by a record that says so.

mod record;
mod tally;
mod verify;
mod writer;

pub(crate) use self::writer::Chain;
pub use self::{
    record::PublicKey,
    verify::{ChainFault, Report, VerifyError, chain_of, verify},
};

use kvd_types::Clock;
use std::sync::Arc;

/// Signs the chains of a server's audit logs, without showing its key.
pub trait Signer: Send + Sync + 'static {
    /// The Ed25519 signature of `message`.
    fn sign(&self, message: &[u8]) -> [u8; 64];

    /// The half of the key that everybody may know.
    fn public_key(&self) -> [u8; 32];
}

/// Who attests audit logs: a key and a clock.
#[derive(Clone)]
pub struct Notary {
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
}

impl Notary {
    /// A notary that signs with `signer` and tells the time of `clock`.
    pub fn new(signer: Arc<dyn Signer>, clock: Arc<dyn Clock>) -> Self {
        Self { signer, clock }
    }

    /// What its signatures are checked with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::new(self.signer.public_key())
    }
}
