//! What a connection is set up with.

use crate::{Client, Credentials, Error, calls::Calls, session::Session};
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Sets up a [`Client`].
#[derive(Clone)]
pub struct Builder {
    address: String,
    authority: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    server_name: Option<String>,
    credentials: Credentials,
    namespace: Option<String>,
    deadline: Duration,
    attempts: u32,
}

impl Builder {
    pub(crate) fn new(address: String) -> Self {
        Self {
            address,
            authority: None,
            identity: None,
            server_name: None,
            credentials: Credentials::None,
            namespace: None,
            deadline: Duration::from_secs(10),
            attempts: 4,
        }
    }

    /// What the client proves itself with; nothing by default.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// The authority that the server's certificate must come from, in PEM; those of the operating system by default.
    #[must_use]
    pub fn authority_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authority = Some(pem.into());
        self
    }

    /// The client's own certificate and its private key, both in PEM, for servers that ask for one.
    #[must_use]
    pub fn identity_pem(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// The name that the server's certificate must have, where it is not the one in the address.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// The namespace in which paths begin; the root by default.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// How long one call may take, retries included; ten seconds by default.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How often a call that only reads is tried at most; four times by default.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Connects and logs in.
    ///
    /// # Errors
    /// When the address or a certificate is none, the server cannot be reached, or it refuses the login.
    pub async fn connect(self) -> Result<Client, Error> {
        let mut endpoint = Endpoint::from_shared(self.address.clone())?
            .connect_timeout(self.deadline)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_while_idle(true);
        if self.address.starts_with("https:") {
            endpoint = endpoint.tls_config(self.tls())?;
        }
        let channel = endpoint.connect_lazy();
        self.connect_over(channel).await
    }

    /// Logs in over a channel that was set up elsewhere, such as one through a proxy or a socket of another kind. The
    /// address and the certificates of the builder are not looked at.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses the login.
    pub async fn connect_over(self, channel: Channel) -> Result<Client, Error> {
        let calls = Calls::new(channel, self.namespace.as_deref(), self.deadline, self.attempts)?;
        let session = Session::open(calls, self.credentials).await?;
        Ok(Client::new(session))
    }

    fn tls(&self) -> ClientTlsConfig {
        let mut tls = match &self.authority {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        if let Some((certificate, key)) = &self.identity {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        if let Some(name) = &self.server_name {
            tls = tls.domain_name(name);
        }
        tls
    }
}
