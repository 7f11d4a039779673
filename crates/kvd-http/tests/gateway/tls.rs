//! TLS on sockets: versions, client certificates, another certificate while the server runs, and how it stops.

use crate::stub::gateway;
use kvd_edge::{ClientCertificates, TlsReloader, TlsSettings, TlsVersion, Versions, serve};
use kvd_http::ListenerSettings;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _};
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

type TlsVersions = &'static [&'static SupportedProtocolVersion];
const BOTH: TlsVersions = &[&TLS13, &TLS12];
const ONLY_12: TlsVersions = &[&TLS12];
const ONLY_13: TlsVersions = &[&TLS13];

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificate(authority: &Authority) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap(), key)
}

struct Server {
    address: SocketAddr,
    tls: Arc<TlsReloader>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

fn write_certificate(folder: &Path, authority: &Authority) {
    let (certificate, key) = certificate(authority);
    std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
}

async fn start(folder: &Path, newest: TlsVersion, client_certificates: ClientCertificates) -> Server {
    let tls = TlsReloader::load(TlsSettings {
        certificate_file: folder.join("server.pem"),
        key_file: folder.join("server.key"),
        oldest: TlsVersion::V12,
        newest,
        client_certificates,
        offered: Versions::Any,
    });
    let tls = Arc::new(tls.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let settings = ListenerSettings::default();
    let served = serve(listener, settings.clone(), Some(tls.clone()), gateway(&settings), async {
        let _ = stopped.await;
    });
    Server { address, tls, stop, served: tokio::spawn(served) }
}

struct Client<'a> {
    trusts: &'a Authority,
    shows: Option<&'a Authority>,
    versions: TlsVersions,
    alpn: &'a [&'a str],
}

impl Client<'_> {
    async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.trusts.der().to_vec())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_protocol_versions(self.versions).unwrap();
        let builder = builder.with_root_certificates(roots);
        let mut config = match self.shows {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let (certificate, key) = certificate(authority);
                let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
                builder.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
            }
        };
        config.alpn_protocols = self.alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
        connect_with(config, address).await
    }

    /// What the server says it was asked; none when the two do not come together.
    async fn ask(&self, address: SocketAddr) -> Option<String> {
        answer_on(self.connect(address).await.ok()?).await
    }
}

async fn connect_with(config: ClientConfig, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn answer_on(mut stream: TlsStream<TcpStream>) -> Option<String> {
    stream.write_all(b"GET /v1/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer)
}

fn client(trusts: &Authority) -> Client<'_> {
    Client { trusts, shows: None, versions: BOTH, alpn: &[] }
}

#[tokio::test]
async fn a_client_certificate_of_any_authority_is_shown_to_the_service() {
    let (folder, ours, strange) = (tempfile::tempdir().unwrap(), authority(), authority());
    write_certificate(folder.path(), &ours);
    let server = start(folder.path(), TlsVersion::V13, ClientCertificates::Requested).await;
    for versions in [ONLY_12, ONLY_13] {
        let none = Client { versions, ..client(&ours) }.ask(server.address).await.unwrap();
        assert!(none.contains(r#""certificate":false"#), "{none}");
        assert!(none.contains(r#""peer":"127.0.0.1""#), "{none}");
        let shown = Client { versions, shows: Some(&strange), ..client(&ours) };
        let answer = shown.ask(server.address).await.unwrap();
        assert!(answer.contains(r#""certificate":true"#), "{answer}");
    }
}

/// A certificate of X.509 version 1 with its key, as `openssl x509 -req` makes them.
const OLD_CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBFzCBvwIUcFCicOruT++/ZNIU6cwI+pucrxEwCgYIKoZIzj0EAwIwDjEMMAoG
A1UEAwwDb2xkMCAXDTI2MTEyNTIzMTQ0MVoYDzIxMjYxMTAxMjMxNDQxWjAOMQww
CgYDVQQDDANvbGQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATqRduEuSoCzu4w
Qsz4BjBJWUPCNSOTRiBbMCl3ReFeHh+5Kn2CVTfga1VBQa8t8KELHOehQ5AH40rd
3UsJ0171MAoGCCqGSM49BAMCA0cAMEQCIA5A8MQQwqnwUFTzGkGLqbobo+0LZl7U
yOx1cgFhR8OQAiBzFgajWarSShrVJ62TroNhMu46CDlub0OqbLebWZ1cXw==
-----END CERTIFICATE-----
";
const OLD_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgi+b2N+o+28sa6eQN
a88/40KNl/rhS/CSRdXn5qmFsDihRANCAATqRduEuSoCzu4wQsz4BjBJWUPCNSOT
RiBbMCl3ReFeHh+5Kn2CVTfga1VBQa8t8KELHOehQ5AH40rd3UsJ0171
-----END PRIVATE KEY-----
";

#[tokio::test]
async fn a_client_certificate_of_the_first_version_is_taken_too() {
    let (folder, ours) = (tempfile::tempdir().unwrap(), authority());
    write_certificate(folder.path(), &ours);
    let server = start(folder.path(), TlsVersion::V13, ClientCertificates::Requested).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ours.der().to_vec())).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let key =
        provider.key_provider.load_private_key(PrivateKeyDer::from_pem_slice(OLD_KEY.as_bytes()).unwrap());
    let chain = vec![CertificateDer::from_pem_slice(OLD_CERTIFICATE.as_bytes()).unwrap()];
    let shown = SingleCertAndKey::from(CertifiedKey::new(chain, key.unwrap()));
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(ONLY_13)
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(shown));
    let answer = answer_on(connect_with(config, server.address).await.unwrap()).await.unwrap();
    assert!(answer.contains(r#""certificate":true"#), "{answer}");
}

#[tokio::test]
async fn only_certificates_of_the_authority_are_let_in_where_they_are_required() {
    let (folder, ours, strange) = (tempfile::tempdir().unwrap(), authority(), authority());
    write_certificate(folder.path(), &ours);
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ours.pem()).unwrap();
    let server = start(folder.path(), TlsVersion::V13, ClientCertificates::Required(file)).await;
    assert_eq!(client(&ours).ask(server.address).await, None);
    assert_eq!(Client { shows: Some(&strange), ..client(&ours) }.ask(server.address).await, None);
    let answer = Client { shows: Some(&ours), ..client(&ours) }.ask(server.address).await.unwrap();
    assert!(answer.contains(r#""certificate":true"#), "{answer}");
}

#[tokio::test]
async fn versions_and_protocols_are_agreed_upon() {
    let (folder, ours) = (tempfile::tempdir().unwrap(), authority());
    write_certificate(folder.path(), &ours);
    let server = start(folder.path(), TlsVersion::V12, ClientCertificates::Ignored).await;
    assert_eq!(Client { versions: ONLY_13, ..client(&ours) }.ask(server.address).await, None);
    assert!(Client { versions: ONLY_12, ..client(&ours) }.ask(server.address).await.is_some());
    for (alpn, want) in
        [(&["h2", "http/1.1"] as &[_], Some("h2")), (&["http/1.1"], Some("http/1.1")), (&[], None)]
    {
        let stream = Client { alpn, ..client(&ours) }.connect(server.address).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), want.map(str::as_bytes));
    }
}

#[tokio::test]
async fn another_certificate_is_taken_up_while_the_server_runs_and_a_broken_one_is_not() {
    let (folder, first, second) = (tempfile::tempdir().unwrap(), authority(), authority());
    write_certificate(folder.path(), &first);
    let server = start(folder.path(), TlsVersion::V13, ClientCertificates::Requested).await;
    assert!(client(&first).ask(server.address).await.is_some());
    write_certificate(folder.path(), &second);
    server.tls.reload().unwrap();
    assert!(client(&first).ask(server.address).await.is_none());
    assert!(client(&second).ask(server.address).await.is_some());
    std::fs::write(folder.path().join("server.pem"), "no certificate").unwrap();
    assert!(server.tls.reload().is_err());
    assert!(client(&second).ask(server.address).await.is_some());
}

#[tokio::test]
async fn a_server_that_stops_ends_its_connections_and_takes_no_more() {
    let (folder, ours) = (tempfile::tempdir().unwrap(), authority());
    write_certificate(folder.path(), &ours);
    let server = start(folder.path(), TlsVersion::V13, ClientCertificates::Requested).await;
    let mut idle = client(&ours).connect(server.address).await.unwrap();
    idle.write_all(b"GET /v1/test/empty HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 4096];
    assert!(idle.read(&mut answer).await.unwrap() > 0);
    server.stop.send(()).unwrap();
    server.served.await.unwrap();
    assert_eq!(idle.read(&mut answer).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(server.address).await.is_err());
}
