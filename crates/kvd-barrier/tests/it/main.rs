//! The barrier from outside: what is promised, and what the store gets to see.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

mod concurrent;
mod format;
#[cfg(test)] // so that the lints know it for test code
mod house;
mod lifecycle;
mod rotation;
mod tampering;
mod views;
