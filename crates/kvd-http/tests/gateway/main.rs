//! The gateway over connections in memory and on sockets, in front of a service that tells what it was asked.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails, and what one of them asks for"
)]

mod bodies;
mod edge;
mod patience;
mod serving;
mod stub;
mod tls;
mod transcripts;
