//! The keyring: a data key per term, and the seed from which all lasting keys are derived.
//!
//! ```text
//! record:  generation 8 BE | sealed content
//! content: seed 32 | number of terms 4 BE | per term: number 4 BE | installed 8 BE (ns) | encryptions 8 BE | key 32
//! ```
//!
//! There are two copies, sealed separately and written together; if one is damaged the other serves. Names and token
//! hashes must outlive every change of keys, so their keys come from the seed and not from the root key.

use crate::{
    codec::Reader,
    core_record::CoreRecord,
    counting::STEP,
    error::BarrierError,
    keys::{DerivingKey, KEY, RawKey},
    locked::{LockPolicy, Locked},
    record::{self, InstanceId, Place},
};
use bytes::Bytes;
use kvd_storage::Table;
use kvd_types::{Entropy, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use zeroize::{Zeroize, Zeroizing};

/// How many data keys share one locked page.
const KEYS_PER_PAGE: usize = 16;

/// All data keys of a vault, ready for use.
pub(crate) struct Keyring {
    /// Grows by one with every change.
    pub(crate) generation: u64,
    seed: Locked<[u8; KEY]>,
    /// In ascending order; the last one seals, all of them open. Never empty.
    terms: Vec<Term>,
    /// The keys of the terms, in the same order.
    pages: Vec<Locked<Page>>,
}

/// A term without its key.
#[derive(Clone)]
pub(crate) struct Term {
    pub(crate) number: u32,
    pub(crate) installed: Timestamp,
    pub(crate) counter: Arc<Counter>,
}

/// How many records a term has sealed.
#[derive(Default)]
pub(crate) struct Counter {
    pub(crate) encryptions: AtomicU64,
    /// Up to where the store knows of them.
    pub(crate) reserved: AtomicU64,
}

impl Counter {
    /// What is stored with a term that still seals: the mark beside the keyring goes on from here.
    fn present(&self) -> u64 {
        self.encryptions.load(Ordering::Relaxed)
    }

    /// What is stored with a term that sealed before, for which nobody sets marks any more.
    fn past(&self) -> u64 {
        self.present().max(self.reserved.load(Ordering::Relaxed))
    }

    /// What is stored with a term that is about to be past: transactions that began with it still count a little.
    fn passing(&self) -> u64 {
        self.past().saturating_add(STEP)
    }
}

/// Keys as they are stored, and the same ready for use. They are written where they stay, not moved there.
#[derive(Default, Zeroize)]
struct Page {
    raw: [[u8; KEY]; KEYS_PER_PAGE],
    ready: [Option<DerivingKey>; KEYS_PER_PAGE],
}

/// A term that is to be added.
pub(crate) struct NewTerm<'a> {
    pub(crate) number: u32,
    pub(crate) installed: Timestamp,
    pub(crate) key: &'a [u8; KEY],
}

impl Keyring {
    /// The content of the first keyring of a vault.
    pub(crate) fn first(seed: &RawKey, term: &NewTerm<'_>) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(KEY + 4 + TERM));
        out.extend_from_slice(&**seed);
        out.extend_from_slice(&1_u32.to_be_bytes());
        term.encode(0, &mut out);
        out
    }

    /// The content of this keyring, with one more term if one is given.
    pub(crate) fn encode(&self, added: Option<&NewTerm<'_>>) -> Zeroizing<Vec<u8>> {
        let count = self.terms.len() + usize::from(added.is_some());
        // Room for everything at once: a growing vector would leave copies behind.
        let mut out = Zeroizing::new(Vec::with_capacity(KEY + 4 + count * TERM));
        out.extend_from_slice(&*self.seed);
        out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
        let keys = self.pages.iter().flat_map(|page| &page.raw);
        for (i, (term, key)) in self.terms.iter().zip(keys).enumerate() {
            let encryptions = match (i + 1 == self.terms.len(), added) {
                (false, _) => term.counter.past(),
                (true, None) => term.counter.present(),
                (true, Some(_)) => term.counter.passing(),
            };
            NewTerm { number: term.number, installed: term.installed, key }.encode(encryptions, &mut out);
        }
        if let Some(term) = added {
            term.encode(0, &mut out);
        }
        out
    }

    /// Reads the content of a keyring into locked pages.
    pub(crate) fn decode(
        content: &[u8],
        generation: u64,
        policy: LockPolicy,
    ) -> Result<Option<Self>, BarrierError> {
        let Some((seed, terms)) = parse(content) else { return Ok(None) };
        let seed = Locked::new(policy, [0; KEY], |place| place.copy_from_slice(seed))?;
        let pages = terms.chunks(KEYS_PER_PAGE).map(|chunk| {
            Locked::new(policy, Page::default(), |page| {
                for (i, (_, raw)) in chunk.iter().enumerate() {
                    page.raw[i].copy_from_slice(*raw);
                    page.ready[i] = Some(DerivingKey::new(raw));
                }
            })
        });
        let pages = pages.collect::<Result<Vec<_>, _>>()?;
        let terms = terms.into_iter().map(|(term, _)| term).collect();
        Ok(Some(Self { generation, seed, terms, pages }))
    }

    /// Goes on counting where `older` counts, so that sealings with either are counted once and not lost. Only for a
    /// keyring that is stored: what it says of past terms is taken as known to the store.
    pub(crate) fn share_counters(&mut self, older: &Self) {
        let last = self.terms.len().saturating_sub(1);
        for (i, term) in self.terms.iter_mut().enumerate() {
            if let Some(known) = older.terms.iter().find(|t| t.number == term.number) {
                let stored = term.counter.present();
                term.counter = Arc::clone(&known.counter);
                if i != last {
                    term.counter.reserved.fetch_max(stored, Ordering::Relaxed);
                }
            }
        }
    }

    /// The term that seals, and its key.
    pub(crate) fn active(&self) -> Option<(&Term, &DerivingKey)> {
        Some((self.terms.last()?, self.key_at(self.terms.len().checked_sub(1)?)?))
    }

    /// The key of a term.
    pub(crate) fn key(&self, term: u32) -> Option<&DerivingKey> {
        self.key_at(self.terms.binary_search_by_key(&term, |t| t.number).ok()?)
    }

    fn key_at(&self, index: usize) -> Option<&DerivingKey> {
        self.pages.get(index / KEYS_PER_PAGE)?.ready[index % KEYS_PER_PAGE].as_ref()
    }

    pub(crate) fn terms(&self) -> &[Term] {
        &self.terms
    }

    pub(crate) fn seed(&self) -> &[u8; KEY] {
        &self.seed
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.seed.is_locked() && self.pages.iter().all(Locked::is_locked)
    }
}

/// The length of a term in the content, in bytes.
const TERM: usize = 4 + 8 + 8 + KEY;

impl NewTerm<'_> {
    fn encode(&self, encryptions: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.installed.nanos().to_be_bytes());
        out.extend_from_slice(&encryptions.to_be_bytes());
        out.extend_from_slice(self.key);
    }
}

type Parsed<'a> = (&'a [u8; KEY], Vec<(Term, &'a [u8; KEY])>);

fn parse(content: &[u8]) -> Option<Parsed<'_>> {
    let mut reader = Reader::new(content);
    let seed = reader.array()?;
    let count = usize::try_from(reader.u32()?).ok()?;
    let mut terms = Vec::with_capacity(count.min(content.len() / TERM));
    let mut last = 0;
    for _ in 0..count {
        let number = reader.u32().filter(|n| *n > last)?;
        let installed = Timestamp::from_nanos(reader.i64()?);
        let encryptions = reader.u64()?;
        let counter = Counter { encryptions: encryptions.into(), reserved: encryptions.into() };
        terms.push((Term { number, installed, counter: Arc::new(counter) }, reader.array()?));
        last = number;
    }
    reader.end()?;
    (!terms.is_empty()).then_some((seed, terms))
}

/// The two copies of the keyring.
pub(crate) const COPIES: [CoreRecord; 2] = [CoreRecord::KeyringA, CoreRecord::KeyringB];

/// The body of one copy.
pub(crate) fn seal_copy(
    copy: CoreRecord,
    wrap: &DerivingKey,
    instance: &InstanceId,
    generation: u64,
    content: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, BarrierError> {
    let (sealed, _) = record::seal((0, wrap), &place(copy, instance, generation), &[content], entropy)?;
    Ok([generation.to_be_bytes().as_slice(), &sealed].concat())
}

/// The generation and the content of one copy.
pub(crate) fn open_copy(
    copy: CoreRecord,
    framed: Option<&Bytes>,
    wrap: &DerivingKey,
    instance: &InstanceId,
) -> Result<(u64, Zeroizing<Vec<u8>>), BarrierError> {
    let body = copy.unframe(framed.ok_or(copy.damaged("it is missing"))?)?;
    let (generation, sealed) = split_generation(&body).ok_or(copy.damaged("it is too short"))?;
    let place = place(copy, instance, generation);
    let (content, _) = record::open(|term| (term == 0).then_some(wrap), &place, sealed)
        .map_err(|reason| copy.damaged(reason))?;
    Ok((generation, content))
}

/// The newest generation that the copies claim, without opening them.
pub(crate) fn claimed_generation(copies: [Option<Bytes>; 2]) -> Option<u64> {
    let claims = COPIES.into_iter().zip(copies).filter_map(|(copy, framed)| {
        let body = copy.unframe(&framed?).ok()?;
        split_generation(&body).map(|(generation, _)| generation)
    });
    claims.max()
}

fn split_generation(body: &[u8]) -> Option<(u64, &[u8])> {
    let mut reader = Reader::new(body);
    Some((reader.u64()?, reader.rest()))
}

fn place(copy: CoreRecord, instance: &InstanceId, generation: u64) -> Place<'_> {
    let (kind, key) = (copy.kind(), copy.key().as_bytes());
    Place { kind, instance, namespace: 0, table: Table::System as u8, version: generation, key }
}
