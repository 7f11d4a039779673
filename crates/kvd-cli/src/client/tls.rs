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
}

impl TlsConfig {
    pub(super) fn read(arguments: &Arguments, environment: &Environment, skip_verify: bool) -> Self {
        let value = |flag: &Flag| {
            let typed = Some(arguments.text(flag)).filter(|text| !text.is_empty());
            typed.or_else(|| environment.setting(flag.setting?)).map(str::to_owned)
        };
        Self {
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
        let authorities = self.authorities()?;
        if !authorities.is_empty() {
            builder = builder.tls_certs_only(authorities);
        }
        if let Some(identity) = self.identity()? {
            builder = builder.identity(identity);
        }
        Ok(builder.tls_danger_accept_invalid_certs(self.skip_verify))
    }

    // One file wins over certificates in the environment, and both over a folder, as in Vault's client.
    fn authorities(&self) -> ClientResult<Vec<Certificate>> {
        let mut found = Vec::new();
        if let Some(path) = &self.ca_cert {
            found = certificates(&read(path)?, path)?;
        } else if let Some(text) = &self.ca_cert_bytes {
            found = certificates(text.as_bytes(), "VAULT_CACERT_BYTES")?;
        } else if let Some(folder) = &self.ca_path {
            let entries = fs::read_dir(folder).map_err(|error| setup(open_error(folder, &error)))?;
            for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
                let path = entry.path().display().to_string();
                found.extend(certificates(&read(&path)?, &path)?);
            }
        } else {
            return Ok(found);
        }
        if found.is_empty() {
            return Err(setup("Error loading CA File: Couldn't parse PEM: no certificate found".to_owned()));
        }
        Ok(found)
    }

    fn identity(&self) -> ClientResult<Option<Identity>> {
        let (certificate, key) = match (&self.client_cert, &self.client_key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) | (None, Some(_)) => {
                return Err(setup("both client cert and client key must be provided".to_owned()));
            }
        };
        let mut pem = Zeroizing::new(read(certificate)?.to_vec());
        pem.push(b'\n');
        pem.extend_from_slice(&read(key)?);
        let identity = Identity::from_pem(&pem)
            .map_err(|_| setup(format!("no usable certificate and key in {certificate} and {key}")))?;
        Ok(Some(identity))
    }
}

fn certificates(pem: &[u8], source: &str) -> ClientResult<Vec<Certificate>> {
    Certificate::from_pem_bundle(pem).map_err(|_| setup(format!("no certificate in PEM form in {source}")))
}

fn read(path: &str) -> ClientResult<Zeroizing<Vec<u8>>> {
    fs::read(Path::new(path)).map(Zeroizing::new).map_err(|error| setup(open_error(path, &error)))
}

fn setup(text: String) -> ClientError {
    ClientError::Setup(format!("failed to setup TLS config: {text}"))
}
