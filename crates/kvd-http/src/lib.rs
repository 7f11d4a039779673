//! The HTTP gateway: Vault's verbs, headers and JSON around any service of calls.
//!
//! A [`Gateway`] turns an HTTP request into a [`Call`](kvd_types::Call), hands it to the service behind it, and
//! turns the [`Reply`](kvd_types::Reply) or [`Fault`](kvd_types::Fault) into HTTP. It knows nothing of what stands
//! behind it: the vault in the same process, or a client of another node.
//!
//! - `extract` reads a request, one file for each thing that is read; what it returns cannot be wrong any more.
//! - `respond` writes an answer; `respond/fault.rs` alone knows what an error looks like.
//! - `edge` holds what protects the server before a request is looked at: framing, forwarded addresses,
//!   cross-origin rules.
//!
//! [`kvd_edge::serve`] brings it the requests of a listener.

mod edge;
mod extract;
mod gateway;
mod respond;
mod settings;

pub use self::{
    edge::{
        cors::{AllowedOrigins, CorsPolicy, SharedCorsPolicy},
        forwarded::{ForwardedFor, Network, NetworkError},
    },
    gateway::{Gateway, Hurdle},
    respond::{
        body::ResponseBody,
        headers::{ResponseHeaderError, ResponseHeaders, StatusClass},
    },
    settings::{ListenerSettings, RequestLimits},
};
