//! What a development server is configured with, and the certificate it makes for itself.

use crate::{
    config::{Config, Listener, ListenerTelemetry, StorageKind},
    flags::DevFlags,
};
use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The names that files of a development certificate have with Vault too.
const AUTHORITY: &str = "vault-ca.pem";
const CERTIFICATE: &str = "vault-cert.pem";
const KEY: &str = "vault-key.pem";

/// Where a development server listens when nothing else is asked for.
const ADDRESS: &str = "127.0.0.1:8200";

/// Makes the configuration that of a development server: in memory, and with a listener of its own in front.
///
/// Returns the authority of the certificate, when it made one.
///
/// # Errors
/// When the certificate cannot be made or written.
pub fn apply(dev: &DevFlags, config: &mut Config) -> Result<Option<PathBuf>> {
    config.storage.kind = StorageKind::Inmem;
    let address = dev.listen_address.clone().unwrap_or_else(|| ADDRESS.to_owned());
    // As with Vault, metrics of a development server are there for the looking.
    config.telemetry.get_or_insert_default();
    let telemetry = ListenerTelemetry { unauthenticated_metrics_access: true };
    let mut listener = Listener { address, tls_disable: !dev.tls, telemetry, ..Listener::default() };
    let mut authority = None;
    if dev.tls {
        let folder = match &dev.tls_cert_dir {
            Some(folder) => folder.clone(),
            None => std::env::temp_dir().join(format!("vault-tls{}", std::process::id())),
        };
        write_certificate(&folder)
            .with_context(|| format!("a certificate cannot be made in {}", folder.display()))?;
        listener.tls_cert_file = Some(folder.join(CERTIFICATE));
        listener.tls_key_file = Some(folder.join(KEY));
        authority = Some(folder.join(AUTHORITY));
    }
    config.listener.insert(0, listener);
    Ok(authority)
}

/// Makes an authority that exists for this one signature, and a certificate for this machine's own addresses.
fn write_certificate(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let names = ["localhost", "localhost4", "localhost6", "localhost.localdomain", "127.0.0.1", "::1"];
    let mut server = CertificateParams::new(names.map(str::to_owned))?;
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &Issuer::new(authority, authority_key))?;
    fs::write(folder.join(AUTHORITY), authority_certificate.pem())?;
    fs::write(folder.join(CERTIFICATE), certificate.pem())?;
    fs::write(folder.join(KEY), key.serialize_pem())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listener::Door;

    #[tokio::test]
    async fn a_development_server_with_tls_can_open_its_listener() {
        let folder = tempfile::tempdir().unwrap();
        let dev = DevFlags {
            listen_address: Some("127.0.0.1:0".into()),
            tls: true,
            tls_cert_dir: Some(folder.path().join("tls")),
            ..DevFlags::default()
        };
        let mut config = Config::default();
        let authority = apply(&dev, &mut config).unwrap();
        assert_eq!(authority, Some(folder.path().join("tls/vault-ca.pem")));
        assert!(Door::open(&config.listener[0]).await.unwrap().tls.is_some());
    }

    #[test]
    fn the_listener_of_a_development_server_comes_before_those_of_files() {
        let mut config = Config {
            listener: vec![Listener { address: "a:1".into(), ..Listener::default() }],
            ..Config::default()
        };
        assert_eq!(apply(&DevFlags::default(), &mut config).unwrap(), None);
        let addresses: Vec<_> = config.listener.iter().map(|listener| listener.address.as_str()).collect();
        assert_eq!(addresses, [ADDRESS, "a:1"]);
        assert!(config.listener[0].tls_disable && config.storage.kind == StorageKind::Inmem);
    }
}
