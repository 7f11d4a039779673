//! The only crate with keys: sealing, hidden names, the keyring and the shares that open it.
//!
//! ```text
//! shares ──k of n──► unseal key ──opens──► root key ──opens──► keyring: a data key per term, and a seed
//!                                                              data key of the term ──► a key per record
//!                                                              seed ──► keys for names, token hashes, audit
//! ```
//!
//! The arrows go one way only: no key is stored under one that stands below it, so whoever has a data key has that
//! term's records and nothing else.
//!
//! A vault is made with [`Barrier::initialize`] and opened with [`Barrier::unseal`], whose key comes from
//! [`UnsealProgress`]. The open vault is a value, the [`Barrier`]: there is no view, and so no way to any record,
//! without one. Sealing is dropping it, which wipes all keys.

mod barrier;
mod codec;
mod core_record;
mod counting;
mod entry;
mod error;
mod folders;
mod init;
mod keyring;
mod keys;
mod listing;
mod locked;
mod memo;
mod names;
mod record;
mod root_key;
mod rotate;
mod seal_config;
mod sealing;
mod shamir;
mod signing;
mod tx;
mod unseal;
mod view;

pub use self::{
    barrier::{Barrier, BarrierWork, KeyStatus},
    error::{BarrierError, CryptoError, ParamsError, ShareError},
    init::InitOutcome,
    keys::{HmacKey, TAG},
    locked::LockPolicy,
    rotate::PendingRekey,
    seal_config::{SealConfig, SealStatus},
    sealing::{SealingError, SealingKey},
    shamir::{ShareParams, Shares, combine, split},
    signing::{SIGNATURE, SigningKey},
    tx::{BarrierTx, BarrierViewTx},
    unseal::{Provided, UnsealKey, UnsealProgress},
    view::BarrierView,
};
