//! A client of kvd for applications.
//!
//! ```no_run
//! # async fn example() -> Result<(), kvd_client::Error> {
//! use kvd_client::{Client, Credentials};
//!
//! let client = Client::builder("https://kvd.mesh:8201")
//!     .credentials(Credentials::approle("approle", "my-role-id", "my-secret-id"))
//!     .connect()
//!     .await?;
//! let secret = client.kv("secret").get("app/db").await?;
//! let password: Option<String> = secret.text("password");
//! # Ok(())
//! # }
//! ```
//!
//! - **Logins.** [`Credentials`] are a token, or what an auth method takes for one. The client logs in when it connects,
//!   prolongs its token in the background, and logs in again when the token cannot be prolonged any further.
//! - **Deadlines.** Every call ends in time ([`Builder::deadline`]), and the server gives up with it.
//! - **Retries.** Calls that only read are tried again when the server was out of reach or asked for patience. Calls
//!   that change something are not: whether the first try had an effect cannot be known.
//! - **Errors** are of one type, [`Error`], by which a program can decide what to do.
//!
//! `examples/` holds programs to start from; each says in its first lines how to run it.

mod auth;
mod builder;
mod calls;
mod client;
mod credentials;
mod error;
mod kv;
mod many;
mod secret;
mod session;

pub use self::{
    auth::TokenFacts,
    builder::Builder,
    client::{Client, Health},
    credentials::{Credentials, JwtSource},
    error::Error,
    kv::{Kv, MetadataChange, Page},
    many::{Change, Transaction},
    secret::{SecretMetadata, SecretVersion, VersionFacts},
};

/// What the examples and the messages of [`kvd_proto`] say with.
pub use kvd_types::Secret;
