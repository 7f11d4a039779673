//! The program itself: started as its users start it, asked through its sockets, stopped by signals.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

mod audit;
mod bad_input;
mod canary;
mod client;
mod contest;
mod dev;
mod durable;
mod guide;
mod program;
mod refusals;
mod routes;
mod terminal;
mod upgrade;
