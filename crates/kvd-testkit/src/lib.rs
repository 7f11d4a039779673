//! Clocks, randomness, models and failing stores for the tests of kvd.

mod fault_engine;
mod fault_store;
mod faults;

pub use self::{
    fault_engine::FaultEngine,
    fault_store::FaultStore,
    faults::{Faults, Ordered},
};
