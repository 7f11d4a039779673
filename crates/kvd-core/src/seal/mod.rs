//! Sealed or not: what exists only while the keys are there, and the switch between the two.

mod lifecycle;
mod switch;
pub(crate) mod views;

pub(crate) use self::{
    lifecycle::{InitRequest, Status, initialize, provide_share, reset_progress, seal, status},
    switch::{ClusterInfo, SealSwitch, Unsealed},
};
