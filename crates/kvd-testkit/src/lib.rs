//! Clocks, randomness, models and failing stores for the tests of kvd.

mod clock;
mod entropy;
mod fault_engine;
mod fault_store;
mod faults;
pub mod model;
mod told;
mod vault;

pub use self::{
    clock::ManualClock,
    entropy::{NoEntropy, SeededEntropy},
    fault_engine::FaultEngine,
    fault_store::FaultStore,
    faults::{Faults, Ordered},
    told::Told,
    vault::{Answer, TestVault},
};
