//! What every door does alike: connections, TLS, patience with slow peers, and who is calling.
//!
//! A [`Door`] answers requests; [`serve`] brings it the requests of a listener, and drains its connections when the
//! server is told to stop. What a request's headers say of its caller is read by [`caller`], so that a token or a
//! namespace means the same at every door.

pub mod caller;
mod door;
pub mod memory;
mod patience;
mod refusal;
mod serve;
mod settings;
mod tls;

pub use self::{
    door::{Connection, Door},
    refusal::log_refusal,
    serve::{serve, serve_connection},
    settings::{ConnectionSettings, Timeouts, Versions},
    tls::{ClientCertificates, TlsError, TlsReloader, TlsSettings, TlsVersion},
};
