//! Audit records, the hiding of what they must not show, and the devices they go to.
//!
//! A call leaves two lines behind: one before it has any effect, one before its answer is given. The caller fills
//! a [`RequestRecord`] or a [`ResponseRecord`] with borrowed facts and hands it to the [`Broker`]; what comes back,
//! [`Recorded`], is the only proof that the call may go on, and it cannot be made anywhere else.
//!
//! What a line shows is decided in one place, by a list of what stands in clear; everything else is an HMAC under
//! the key of the device. To add a kind of device, implement [`Sink`] (blocking, whole lines), add its options to
//! [`DeviceOptions`], and open it in `device/mod.rs`: queueing, deadlines and failing closed come with the broker.

mod broker;
mod chain;
mod device;
mod error;
mod format;
mod fragments;
mod hash;
mod headers;
mod hide;
mod lane;
mod options;
mod record;

pub use self::{
    broker::{Broker, Recorded},
    chain::{ChainFault, Notary, PublicKey, Report, Signer, VerifyError, chain_of, verify},
    device::{Device, DeviceRules, Sink},
    error::{AuditError, EnableError},
    fragments::Fragments,
    hash::Hasher,
    headers::HeaderRules,
    lane::Pace,
    options::{
        DeviceKind, DeviceOptions, Facility, FileOptions, FileTarget, FormatOptions, SocketKind,
        SocketOptions, SyncMode, SyslogOptions,
    },
    record::{
        Action, AuthRecord, Credential, Granting, Mount, Namespace, RequestRecord, ResponseRecord, Verdict,
        error_of,
    },
};
