//! The gateway over connections in memory and on sockets, in front of a service that tells what it was asked.

mod bodies;
mod edge;
mod patience;
mod stub;
mod tls;
mod transcripts;
