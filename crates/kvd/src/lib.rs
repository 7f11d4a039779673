//! The kvd program as a library: its configuration, and the wiring that introduces the crates to each other.

pub mod config;
pub mod flags;
