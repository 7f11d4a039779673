//! The kvd program as a library: its configuration, and the wiring that introduces the crates to each other.
//!
//! Read it in the order in which a server starts: [`server`] takes flags and [`config`]uration, [`app`] builds and
//! runs, [`listener`] opens the doors. Nothing binds, spawns or opens before its turn.

pub mod app;
pub mod banner;
pub mod config;
pub mod dev;
pub mod flags;
pub mod hardening;
pub mod listener;
pub mod pid_file;
pub mod server;
pub mod signals;
pub mod telemetry;
