//! The words every crate of kvd uses: calls, replies, faults, paths, times, secrets.
//!
//! This is the ground floor: no I/O, no async runtime, no web framework.
//! A door ([`Call`] in, [`Reply`] or [`Fault`] out) and the vault behind it share these types and nothing else.

mod call;
mod duration;
mod entropy;
mod fault;
mod id;
mod login;
mod operation;
mod path;
mod reply;
mod secret;
mod time;

pub use self::{
    call::{Call, ClientAuth, Headers, NoHeaders, Opened, Peer},
    duration::{DurationError, GoDuration, parse_duration},
    entropy::{Entropy, EntropyError, SystemEntropy},
    fault::{BoxError, Codes, Fault, FaultKind},
    id::{NamespaceId, REQUEST_ID_BYTES, RequestId, ViewId},
    login::{GrantedKind, LoginGrant, LoginTimes},
    operation::Operation,
    path::{ApiPath, PathError, is_printable},
    reply::{AuthInfo, Body, Commit, LeaseInfo, Reply, Status, TokenKind, WrapInfo},
    secret::Secret,
    time::{Clock, SystemClock, Timestamp},
};
