//! Sealed or not: what exists only while the keys are there, and the switch between the two.

mod lifecycle;
mod quorum;
pub(crate) mod rekey;
pub(crate) mod root_generation;
pub(crate) mod rotation;
pub(crate) mod share;
mod switch;
#[cfg(test)]
mod tests;
pub(crate) mod views;

use self::{lifecycle::share_fault, quorum::Quorum};
pub(crate) use self::{
    lifecycle::{
        InitRequest, Status, barrier_fault, initialize, provide_share, reset_progress, seal, status,
    },
    switch::{ClusterInfo, SealSwitch, Unsealed},
};
