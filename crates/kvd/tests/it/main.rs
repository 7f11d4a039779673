//! The program itself: started as its users start it, asked through its sockets, stopped by signals.

mod canary;
mod client;
mod dev;
mod durable;
mod program;
mod refusals;
