//! The door in front of a vault, in front of a service that tells what it was asked, and beside the HTTP gateway.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails, and what one of them asks for"
)]

mod bad_input;
mod standard;
mod twins;
mod vault;
