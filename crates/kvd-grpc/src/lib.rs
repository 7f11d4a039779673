//! The gRPC door: the services of `proto/kvd/v1` around any service of calls.
//!
//! A [`GrpcServer`] turns a message into a [`Call`](kvd_types::Call), hands it to the service behind it, and turns the
//! [`Reply`](kvd_types::Reply) or [`Fault`](kvd_types::Fault) into a message or a status. The calls are those that the
//! HTTP gateway makes of the same requests, so policies, audit and quotas cannot tell the two apart. It knows nothing
//! of what stands behind it.
//!
//! - `kv`, `auth` and `sys` are the services of kvd, `health` and `reflection` the standard ones.
//! - `exchange` takes a call through the service behind the door; no service of a file above reaches it in another way.
//! - `convert` holds what the services share: values, names and times on their way between JSON and messages.

mod auth;
mod convert;
mod exchange;
mod health;
mod kv;
mod reflection;
mod server;
mod sys;
mod timeout;

pub use self::server::{GrpcServer, GrpcSettings};
