//! Counting encryptions without writing on every one, and without losing any in a crash.
//!
//! The store holds a mark that the count has not reached yet. The transaction that reaches it writes the next mark
//! along with its own changes; after a crash counting goes on from the mark, so the figure may be too high by one step,
//! and is never too low.

use crate::{
    codec::Reader,
    core_record::CoreRecord,
    error::BarrierError,
    keyring::{Keyring, Term},
    keys::DerivingKey,
    record::{self, InstanceId, Place, SealError},
    seal_config::get,
};
use kvd_storage::{Store, Table, Tx};
use kvd_types::Entropy;
use std::sync::{
    Arc,
    atomic::Ordering::{AcqRel, Acquire, Relaxed, Release},
};

/// How far ahead a mark is set.
pub(crate) const STEP: u64 = 4096;

const RECORD: CoreRecord = CoreRecord::Encryptions;

/// Seals and opens marks.
pub(crate) struct Marks<'a> {
    pub(crate) key: &'a DerivingKey,
    pub(crate) instance: &'a InstanceId,
}

/// A mark that counts once its transaction has committed.
pub(crate) struct Pending {
    term: Term,
    mark: u64,
}

impl Pending {
    pub(crate) fn committed(&self) {
        self.term.counter.reserved.fetch_max(self.mark, AcqRel);
    }
}

impl Marks<'_> {
    /// Goes on from the stored mark; a mark of an older term is of no interest any more, nor is a lost one worth staying
    /// sealed for: the inner result names the record then.
    pub(crate) async fn restore(
        &self,
        store: &dyn Store,
        keyring: &Keyring,
    ) -> Result<Result<(), &'static str>, BarrierError> {
        let Some(framed) = get(store, RECORD).await? else { return Ok(Ok(())) };
        let opened = RECORD.unframe(&framed).ok().and_then(|body| {
            let (plain, _) =
                record::open(|term| (term == 0).then_some(self.key), &self.place(), &body).ok()?;
            let mut reader = Reader::new(&plain);
            let mark = (reader.u32()?, reader.u64()?);
            reader.end().map(|()| mark)
        });
        let Some((number, mark)) = opened else { return Ok(Err(RECORD.key())) };
        if let Some((term, _)) = keyring.active().filter(|(term, _)| term.number == number) {
            term.counter.encryptions.fetch_max(mark, AcqRel);
            term.counter.reserved.fetch_max(mark, AcqRel);
        }
        Ok(Ok(()))
    }

    /// Sets the next mark if the count has reached the present one.
    pub(crate) fn advance(
        &self,
        tx: &mut dyn Tx,
        keyring: &Keyring,
        entropy: &dyn Entropy,
    ) -> Result<Option<Pending>, SealError> {
        let Some((term, _)) = keyring.active() else { return Ok(None) };
        let count = term.counter.encryptions.load(Relaxed);
        if count <= term.counter.reserved.load(Acquire) {
            return Ok(None);
        }
        let mark = count.saturating_add(STEP);
        self.put(tx, term.number, mark, entropy)?;
        Ok(Some(Pending { term: Term { counter: Arc::clone(&term.counter), ..*term }, mark }))
    }

    /// Sets the mark to the count itself.
    pub(crate) fn settle(
        &self,
        tx: &mut dyn Tx,
        keyring: &Keyring,
        entropy: &dyn Entropy,
    ) -> Result<(), SealError> {
        let Some((term, _)) = keyring.active() else { return Ok(()) };
        let count = term.counter.encryptions.load(Relaxed);
        // Whoever comes after this sets a mark again, whether or not this commits.
        term.counter.reserved.store(count, Release);
        self.put(tx, term.number, count, entropy)
    }

    fn put(&self, tx: &mut dyn Tx, term: u32, mark: u64, entropy: &dyn Entropy) -> Result<(), SealError> {
        let content = [&term.to_be_bytes()[..], &mark.to_be_bytes()];
        let (sealed, _) = record::seal((0, self.key), &self.place(), &content, entropy)?;
        RECORD.put(tx, &sealed);
        Ok(())
    }

    fn place(&self) -> Place<'_> {
        let key = RECORD.key().as_bytes();
        Place {
            kind: RECORD.kind(),
            instance: self.instance,
            namespace: 0,
            table: Table::System as u8,
            version: 0,
            key,
        }
    }
}
