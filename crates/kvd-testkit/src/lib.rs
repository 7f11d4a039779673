//! Clocks, randomness, models and failing stores for the tests of kvd.

mod clock;
mod entropy;
mod store;
mod vault;

pub use self::{
    clock::ManualClock,
    entropy::{NoEntropy, SeededEntropy},
    store::FaultyStore,
    vault::{Answer, TestVault},
};
