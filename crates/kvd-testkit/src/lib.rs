//! Clocks, randomness, models and failing stores for the tests of kvd.

mod clock;
mod entropy;
mod vault;

pub use self::{
    clock::ManualClock,
    entropy::{NoEntropy, SeededEntropy},
    vault::{Answer, TestVault},
};
