//! The client itself.

use crate::{Builder, Error, Kv, TokenFacts, auth, calls::Effect, session::Session};
use kvd_proto::v1::{HealthRequest, sys_client::SysClient};
use std::sync::Arc;

/// A connection to kvd in somebody's name; cheap to clone. The token is kept alive until the last clone is dropped.
#[derive(Clone)]
pub struct Client {
    pub(crate) session: Arc<Session>,
}

/// How a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it has keys.
    pub initialized: bool,
    /// Whether the keys are out of its reach.
    pub sealed: bool,
    /// Whether another node does the work.
    pub standby: bool,
    /// The version of Vault whose API is spoken.
    pub version: String,
}

impl Client {
    /// Sets up a client of the server at `address`, such as `https://kvd.mesh:8201`; with `http:` nothing is encrypted.
    pub fn builder(address: impl Into<String>) -> Builder {
        Builder::new(address.into())
    }

    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    /// The secrets of a mount of type `kv`, version 2, such as `secret`.
    pub fn kv(&self, mount: impl Into<String>) -> Kv {
        Kv::new(Arc::clone(&self.session), mount.into())
    }

    /// What the server knows of the client's own token.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn token(&self) -> Result<TokenFacts, Error> {
        auth::own(&self.session).await
    }

    /// Ends the client's token, and all that were made with it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn revoke_token(&self) -> Result<(), Error> {
        auth::revoke(&self.session).await
    }

    /// How the server is; needs no token.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn health(&self) -> Result<Health, Error> {
        let told = self.session.calls.run(None, Effect::Reads, HealthRequest {}, async |channel, request| {
            SysClient::new(channel).health(request).await
        });
        let told = told.await?;
        Ok(Health {
            initialized: told.initialized,
            sealed: told.sealed,
            standby: told.standby,
            version: told.version,
        })
    }
}
