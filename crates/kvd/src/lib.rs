//! The kvd program as a library: its configuration, and the wiring that introduces the crates to each other.

pub mod config;
pub mod flags;
pub mod hardening;
pub mod pid_file;
pub mod signals;
pub mod telemetry;
