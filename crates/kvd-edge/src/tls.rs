//! TLS by rustls: certificates from PEM files, exchanged while the server runs.

use crate::Versions;
use arc_swap::ArcSwap;
use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature_with_raw_key},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    version::{TLS12, TLS13},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer, UnixTime, pem::PemObject};
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The files and rules of a listener with TLS.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// The server's certificate and those between it and its authority (`tls_cert_file`).
    pub certificate_file: PathBuf,
    /// Its private key (`tls_key_file`).
    pub key_file: PathBuf,
    /// Oldest version spoken (`tls_min_version`).
    pub oldest: TlsVersion,
    /// Newest version spoken (`tls_max_version`).
    pub newest: TlsVersion,
    /// What is asked of clients.
    pub client_certificates: ClientCertificates,
    /// Which versions of HTTP are offered.
    pub offered: Versions,
}

/// The versions that can be spoken safely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

impl FromStr for TlsVersion {
    type Err = TlsError;

    /// Reads `tls12` or `tls13`, as Vault's configuration spells them.
    fn from_str(text: &str) -> Result<Self, TlsError> {
        match text {
            "tls12" => Ok(Self::V12),
            "tls13" => Ok(Self::V13),
            "tls10" | "tls11" => Err(TlsError::Outdated),
            _ => Err(TlsError::Version),
        }
    }
}

/// What is asked of a client during the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Nothing (`tls_disable_client_certs`).
    Ignored,
    /// A certificate of any authority, if the client has one; the handshake proves that it holds the key, and
    /// whoever relies on the certificate has to check who issued it.
    Requested,
    /// A certificate of one of these authorities (`tls_require_and_verify_client_cert`, `tls_client_ca_file`).
    Required(PathBuf),
}

/// Why TLS cannot be set up.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of what it should.
    #[error("cannot read {what} from {}: {cause}", file.display())]
    File {
        /// What should be in it.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not fit, or an authority cannot be used.
    #[error("certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// The authorities for client certificates cannot be used.
    #[error("the authorities for client certificates cannot be used: {0}")]
    Authorities(#[from] rustls::server::VerifierBuilderError),
    /// TLS 1.0 and 1.1 are broken.
    #[error("TLS before version 1.2 is not supported")]
    Outdated,
    /// Not a version.
    #[error("not a TLS version: want tls12 or tls13")]
    Version,
    /// The oldest version is newer than the newest.
    #[error("the oldest TLS version is newer than the newest")]
    NoVersion,
}

/// The current certificate; connections that are open keep the one they began with.
#[derive(Debug)]
pub struct TlsReloader {
    settings: TlsSettings,
    current: ArcSwap<ServerConfig>,
}

impl TlsReloader {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read or do not fit together.
    pub fn load(settings: TlsSettings) -> Result<Self, TlsError> {
        let current = ArcSwap::from_pointee(config(&settings)?);
        Ok(Self { settings, current })
    }

    /// Reads the files again, for new connections.
    ///
    /// # Errors
    /// As [`TlsReloader::load`]; the old certificate then stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.store(Arc::new(config(&self.settings)?));
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }
}

fn config(settings: &TlsSettings) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let chain = certificates(&settings.certificate_file, "a certificate")?;
    let key = PrivateKeyDer::from_pem_file(&settings.key_file).map_err(|cause| TlsError::File {
        what: "a private key",
        file: settings.key_file.clone(),
        cause,
    })?;
    let verifier = match &settings.client_certificates {
        ClientCertificates::Ignored => WebPkiClientVerifier::no_client_auth(),
        ClientCertificates::Requested => Arc::new(AnyIssuer(provider.clone())),
        ClientCertificates::Required(file) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(file, "an authority")? {
                roots.add(certificate)?;
            }
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build()?
        }
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions(settings)?)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = match settings.offered {
        Versions::Any => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        Versions::Http2 => vec![b"h2".to_vec()],
    };
    Ok(config)
}

fn versions(settings: &TlsSettings) -> Result<&'static [&'static SupportedProtocolVersion], TlsError> {
    const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
    match (settings.oldest, settings.newest) {
        (TlsVersion::V12, TlsVersion::V13) => Ok(BOTH),
        (TlsVersion::V12, TlsVersion::V12) => Ok(&BOTH[1..]),
        (TlsVersion::V13, TlsVersion::V13) => Ok(&BOTH[..1]),
        (TlsVersion::V13, TlsVersion::V12) => Err(TlsError::NoVersion),
    }
}

fn certificates(file: &Path, what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let refuse = |cause| TlsError::File { what, file: file.to_owned(), cause };
    let list: Vec<_> =
        CertificateDer::pem_file_iter(file).map_err(refuse)?.collect::<Result<_, _>>().map_err(refuse)?;
    if list.is_empty() {
        return Err(refuse(rustls_pki_types::pem::Error::NoItemsFound));
    }
    Ok(list)
}

/// Takes a certificate of any authority and proves only that the client holds its key. Vault does the same, so
/// that its certificate login can look the authority up among its own.
#[derive(Debug)]
struct AnyIssuer(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyIssuer {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // The key is taken from the certificate here, because webpki refuses certificates of X.509 version 1, which
        // old tools still make and Vault takes.
        let (_, certificate) = X509Certificate::from_der(certificate)
            .map_err(|_| rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding))?;
        let key = SubjectPublicKeyInfoDer::from(certificate.public_key().raw);
        verify_tls13_signature_with_raw_key(
            message,
            &key,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
