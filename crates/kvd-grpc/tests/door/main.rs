//! The door in front of a vault, in front of a service that tells what it was asked, and beside the HTTP gateway.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

mod bad_input;
mod standard;
mod twins;
mod vault;
