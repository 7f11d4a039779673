//! The vault's own records: under which keys they lie, and the frame that tells damage from a wrong key.
//!
//! Each is `format 1 | body | check 8`. The check is no protection against anybody who writes to the store: that is
//! the sealing inside. It tells a record that rotted from one that was sealed with other keys.

use crate::error::BarrierError;
use bytes::Bytes;
use kvd_storage::{StoreError, Table, Tx, TxWork, Verdict};
use ring::digest;
use std::sync::{Arc, Mutex, PoisonError};

const FORMAT: u8 = 1;
const CHECK: usize = 8;

/// One of the vault's own records. They stand under fixed keys in [`Table::System`], apart from those of views, which
/// begin with a namespace that would have to be the 1,802,921,007th to look like them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CoreRecord {
    /// How many shares there are; readable while sealed.
    SealConfig,
    /// The vault's identity; readable while sealed.
    Instance,
    /// The root key, sealed with the key that the shares give.
    RootKey,
    /// One copy of the keyring, sealed with a key derived from the root key.
    KeyringA,
    /// The other copy.
    KeyringB,
    /// How many records the newest term has sealed.
    Encryptions,
}

impl CoreRecord {
    pub(crate) const ALL: [Self; 6] =
        [Self::SealConfig, Self::Instance, Self::RootKey, Self::KeyringA, Self::KeyringB, Self::Encryptions];

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::SealConfig => "kvd/seal-config",
            Self::Instance => "kvd/instance",
            Self::RootKey => "kvd/root-key",
            Self::KeyringA => "kvd/keyring/a",
            Self::KeyringB => "kvd/keyring/b",
            Self::Encryptions => "kvd/encryptions",
        }
    }

    /// Sets it apart from records of tables when entry keys are derived.
    pub(crate) const fn kind(self) -> u8 {
        match self {
            Self::SealConfig => 0x80,
            Self::Instance => 0x81,
            Self::RootKey => 0x82,
            Self::KeyringA | Self::KeyringB => 0x83,
            Self::Encryptions => 0x84,
        }
    }

    pub(crate) const fn damaged(self, reason: &'static str) -> BarrierError {
        BarrierError::Damaged { record: self.key(), reason }
    }

    /// Puts the body into its frame and the frame into the store.
    pub(crate) fn put(self, tx: &mut dyn Tx, body: &[u8]) {
        tx.put(Table::System, Bytes::from_static(self.key().as_bytes()), self.frame(body));
    }

    pub(crate) fn frame(self, body: &[u8]) -> Bytes {
        let mut record = Vec::with_capacity(1 + body.len() + CHECK);
        record.push(FORMAT);
        record.extend_from_slice(body);
        let check = self.check(&record);
        record.extend_from_slice(&check);
        Bytes::from(record)
    }

    /// The body of a framed record.
    pub(crate) fn unframe(self, record: &Bytes) -> Result<Bytes, BarrierError> {
        let checked = record.len().checked_sub(CHECK).filter(|n| *n > 0);
        let checked = checked.ok_or(self.damaged("it is too short"))?;
        if self.check(&record[..checked]) != record[checked..] {
            return Err(self.damaged("its check value does not fit"));
        }
        if record[0] != FORMAT {
            return Err(self.damaged("its format is unknown"));
        }
        Ok(record.slice(1..checked))
    }

    fn check(self, checked: &[u8]) -> [u8; CHECK] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(self.key().as_bytes());
        context.update(&[0]);
        context.update(checked);
        let mut check = [0; CHECK];
        check.copy_from_slice(&context.finish().as_ref()[..CHECK]);
        check
    }
}

/// Runs `work`, whose errors are the barrier's own, as a transaction of the store; its changes take effect if and only
/// if it returns `Ok`.
pub(crate) fn transaction(
    mut work: impl FnMut(&mut dyn Tx) -> Result<(), BarrierError> + Send + 'static,
) -> (TxWork, Outcome) {
    let failure = Arc::new(Mutex::new(None));
    let place = Arc::clone(&failure);
    let work = Box::new(move |tx: &mut dyn Tx| {
        let result = work(tx);
        let verdict = if result.is_ok() { Verdict::Commit } else { Verdict::Abandon };
        *place.lock().unwrap_or_else(PoisonError::into_inner) = result.err();
        Ok(verdict)
    });
    (work, Outcome(failure))
}

/// Where the work of a transaction leaves its error.
pub(crate) struct Outcome(Arc<Mutex<Option<BarrierError>>>);

impl Outcome {
    /// What became of the work, once the store has said what became of the transaction.
    pub(crate) fn of(self, committed: Result<(), StoreError>) -> Result<(), BarrierError> {
        committed?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}
