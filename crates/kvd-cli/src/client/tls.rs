//! Certificates: which servers are trusted, and which certificate is shown to them.

use std::{fs, path::Path};

use reqwest::{Certificate, Identity, blocking::ClientBuilder};
use zeroize::Zeroizing;

use super::{ClientError, ClientResult};
use crate::{
    environment::Environment,
    flags::{Arguments, Flag, common},
    input::file::open_error,
};

/// What is set about TLS.
#[derive(Default)]
pub(super) struct TlsConfig {
    pub(super) ca_cert: Option<String>,
    ca_cert_bytes: Option<String>,
    pub(super) ca_path: Option<String>,
    pub(super) client_cert: Option<String>,
    pub(super) client_key: Option<String>,
    pub(super) server_name: Option<String>,
    pub(super) skip_verify: bool,
    /// Whether a flag, rather than the environment alone, set something; errors say so.
    by_flag: bool,
}

impl TlsConfig {
    pub(super) fn read(arguments: &Arguments, environment: &Environment, skip_verify: bool) -> Self {
        let value = |flag: &Flag| {
            let typed = Some(arguments.text(flag)).filter(|text| !text.is_empty());
            typed.or_else(|| environment.setting(flag.setting?)).map(str::to_owned)
        };
        let flags = [&common::CA_CERT, &common::CA_PATH, &common::CLIENT_CERT, &common::CLIENT_KEY];
        Self {
            by_flag: flags.into_iter().any(|flag| !arguments.text(flag).is_empty()),
            ca_cert: value(&common::CA_CERT),
            ca_cert_bytes: environment.setting("CACERT_BYTES").map(str::to_owned),
            ca_path: value(&common::CA_PATH),
            client_cert: value(&common::CLIENT_CERT),
            client_key: value(&common::CLIENT_KEY),
            server_name: value(&common::TLS_SERVER_NAME),
            skip_verify,
        }
    }

    /// Tells the HTTP client whom to trust and whom to be.
    ///
    /// # Errors
    /// When a certificate or key cannot be read.
    pub(super) fn apply(&self, mut builder: ClientBuilder) -> ClientResult<ClientBuilder> {
        let blame = |why| self.blame(why);
        let authorities = self.authorities().map_err(blame)?;
        if !authorities.is_empty() {
            builder = builder.tls_certs_only(authorities);
        }
        if let Some(identity) = self.identity().map_err(blame)? {
            builder = builder.identity(identity);
        }
        Ok(builder.tls_danger_accept_invalid_certs(self.skip_verify))
    }

    // One file wins over certificates in the environment, and both over a folder, as in Vault's client.
    fn authorities(&self) -> Result<Vec<Certificate>, String> {
        let mut found = Vec::new();
        if let Some(path) = &self.ca_cert {
            let text = fs::read(Path::new(path))
                .map_err(|error| format!("Error loading CA File: {}", open_error(path, &error)))?;
            found = certificates(&text, path)?;
        } else if let Some(text) = &self.ca_cert_bytes {
            found = certificates(text.as_bytes(), "VAULT_CACERT_BYTES")?;
        } else if let Some(folder) = &self.ca_path {
            let entries = fs::read_dir(folder)
                .map_err(|error| open_error(folder, &error).replacen("open", "lstat", 1))?;
            for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
                let path = entry.path().display().to_string();
                found.extend(certificates(&read(&path)?, &path)?);
            }
        } else {
            return Ok(found);
        }
        if found.is_empty() {
            return Err("Error loading CA File: Couldn't parse PEM: no certificate found".to_owned());
        }
        Ok(found)
    }

    /// The error for what cannot be used, which names where it was set.
    fn blame(&self, why: String) -> ClientError {
        let place = if self.by_flag { "setup TLS config" } else { "read environment" };
        ClientError::Setup(format!("failed to {place}: {why}"))
    }

    fn identity(&self) -> Result<Option<Identity>, String> {
        let (certificate, key) = match (&self.client_cert, &self.client_key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) | (None, Some(_)) => {
                return Err("both client cert and client key must be provided".to_owned());
            }
        };
        let mut pem = Zeroizing::new(read(certificate)?.to_vec());
        pem.push(b'\n');
        pem.extend_from_slice(&read(key)?);
        let identity = Identity::from_pem(&pem)
            .map_err(|_| format!("no usable certificate and key in {certificate} and {key}"))?;
        Ok(Some(identity))
    }
}

fn certificates(pem: &[u8], source: &str) -> Result<Vec<Certificate>, String> {
    Certificate::from_pem_bundle(pem).map_err(|_| format!("no certificate in PEM form in {source}"))
}

fn read(path: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    fs::read(Path::new(path)).map(Zeroizing::new).map_err(|error| open_error(path, &error))
}
