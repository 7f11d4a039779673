//! Clocks, randomness, models and failing stores for the tests of kvd.

mod clock;
mod entropy;
pub mod model;

pub use self::{clock::ManualClock, entropy::SeededEntropy};
