//! The HTTP gateway: Vault's verbs, headers and JSON around any service of calls.
//!
//! A [`Gateway`] turns an HTTP request into a [`Call`](kvd_types::Call), hands it to the service behind it, and
//! turns the [`Reply`](kvd_types::Reply) or [`Fault`](kvd_types::Fault) into HTTP. It knows nothing of what stands
//! behind it: the vault in the same process, or a client of another node.
//!
//! - `extract` reads a request, one file for each thing that is read; what it returns cannot be wrong any more.
//! - `respond` writes an answer; `respond/fault.rs` alone knows what an error looks like.
//! - `edge` holds what protects the server before a request is looked at: framing, forwarded addresses,
//!   cross-origin rules, patience with slow peers.
//! - [`serve`] joins a listener, TLS and a gateway, and drains connections when it is told to stop.

mod edge;
mod extract;
mod gateway;
pub mod memory;
mod respond;
mod serve;
mod settings;
mod tls;

pub use self::{
    edge::{
        cors::{AllowedOrigins, CorsPolicy, SharedCorsPolicy},
        forwarded::{ForwardedFor, Network, NetworkError},
    },
    gateway::{Connection, Gateway, Hurdle},
    respond::{
        body::ResponseBody,
        headers::{ResponseHeaderError, ResponseHeaders, StatusClass},
    },
    serve::{serve, serve_connection},
    settings::{ListenerSettings, RequestLimits, Timeouts},
    tls::{ClientCertificates, TlsError, TlsReloader, TlsSettings, TlsVersion},
};
