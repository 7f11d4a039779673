//! The vault: mounts, tokens, policies and the request path.
//!
//! A [`Vault`] is built from a store, the engines that can be mounted, a clock and a source of randomness, and is a
//! service from [`Call`](kvd_types::Call) to [`Reply`](kvd_types::Reply) or [`Fault`](kvd_types::Fault). It names no
//! engine and no wire format.

mod audit;
mod config;
mod cubbyhole;
mod dev;
mod fault;
mod house;
mod identity;
mod in_flight;
mod log_levels;
mod metrics;
mod mount;
mod parameters;
mod pipeline;
mod policy;
mod published;
mod quota;
mod random;
mod seal;
mod sys;
#[cfg(test)]
mod testing;
mod token;
mod tx;
mod vault;
mod wrapping;

pub use self::{
    dev::{DevOptions, DevVault},
    log_levels::{LogLevel, LogLevels},
    sys::CorsSettings,
    vault::{API_VERSION, AuditDevice, AuditSettings, ListenerFacts, Parts, Settings, Vault},
};
