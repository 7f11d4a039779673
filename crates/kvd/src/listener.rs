//! From the configuration of a listener to an open one.

use crate::config::{self, Listener, OpenPath};
use anyhow::{Context as _, Result, bail};
use kvd_http::{
    ClientCertificates, ForwardedFor, ListenerSettings, ResponseHeaders, TlsReloader, TlsSettings, TlsVersion,
};
use kvd_types::Opened;
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// An open listener, and how it is to behave.
pub struct Door {
    /// The socket.
    pub socket: TcpListener,
    /// Where it is bound; the port is known even where any was asked for.
    pub address: SocketAddr,
    /// What holds for its requests.
    pub settings: ListenerSettings,
    /// Its certificate, unless it speaks plain HTTP.
    pub tls: Option<Arc<TlsReloader>>,
}

impl Door {
    /// Checks the settings, reads the certificate and binds the address.
    ///
    /// # Errors
    /// When a setting makes no sense, a file cannot be used, or the address is taken.
    pub async fn open(listener: &Listener) -> Result<Self> {
        let context = || format!("the listener at {} cannot be opened", listener.address);
        let settings = settings(listener).with_context(context)?;
        let tls = tls(listener).with_context(context)?;
        let socket = bind(&listener.address).await.with_context(context)?;
        let address = socket.local_addr().with_context(context)?;
        Ok(Self { socket, address, settings, tls })
    }

    /// Where it is reached.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

/// Binds a host and port. No host means all addresses, of both kinds where the machine has both.
async fn bind(address: &str) -> std::io::Result<TcpListener> {
    let Some(port) = address.strip_prefix(':') else { return TcpListener::bind(address).await };
    match TcpListener::bind(format!("[::]:{port}")).await {
        Ok(socket) => Ok(socket),
        Err(_) => TcpListener::bind(format!("0.0.0.0:{port}")).await,
    }
}

fn settings(listener: &Listener) -> Result<ListenerSettings> {
    let mut settings = ListenerSettings::default();
    let limits = &mut settings.limits;
    if let Some(bytes) = listener.max_request_size {
        limits.body = usize::try_from(bytes).context("max_request_size is too large")?;
        limits.body_without_token = limits.body_without_token.min(limits.body);
    }
    if let Some(strings) = listener.max_request_json_strings {
        limits.json.strings = usize::try_from(strings).context("max_request_json_strings is too large")?;
    }
    if let Some(bytes) = listener.max_request_json_memory {
        limits.json.memory = usize::try_from(bytes).context("max_request_json_memory is too large")?;
    }
    if let Some(duration) = listener.max_request_duration.filter(|duration| !duration.is_zero()) {
        settings.timeouts.request = duration;
    }
    settings.forwarded_for = forwarded_for(listener)?;
    settings.response_headers = response_headers(listener)?;
    settings.opened = Opened {
        rekey: listener.opens(OpenPath::Rekey),
        generate_root: listener.opens(OpenPath::GenerateRoot),
        metrics: listener.telemetry.unauthenticated_metrics_access,
        in_flight: listener.inflight_requests_logging.unauthenticated_in_flight_requests_access,
    };
    Ok(settings)
}

fn forwarded_for(listener: &Listener) -> Result<Option<ForwardedFor>> {
    let addresses = &listener.x_forwarded_for_authorized_addrs;
    if addresses.is_empty() {
        return Ok(None);
    }
    let authorized = addresses.iter().map(|text| text.parse()).collect::<Result<_, _>>();
    Ok(Some(ForwardedFor {
        authorized: authorized.context("x_forwarded_for_authorized_addrs")?,
        hop_skips: usize::try_from(listener.x_forwarded_for_hop_skips)?,
        reject_not_present: listener.x_forwarded_for_reject_not_present,
        reject_not_authorized: listener.x_forwarded_for_reject_not_authorized,
    }))
}

fn response_headers(listener: &Listener) -> Result<ResponseHeaders> {
    let mut headers = ResponseHeaders::default();
    for (status, list) in &listener.custom_response_headers {
        let class = status.parse().with_context(|| format!("custom_response_headers: {status:?}"))?;
        for (name, values) in list {
            headers
                .add(class, name, values)
                .with_context(|| format!("custom_response_headers: {status:?}: {name:?}"))?;
        }
    }
    Ok(headers)
}

fn tls(listener: &Listener) -> Result<Option<Arc<TlsReloader>>> {
    if listener.tls_disable {
        return Ok(None);
    }
    let (Some(certificate), Some(key)) = (&listener.tls_cert_file, &listener.tls_key_file) else {
        bail!("TLS needs tls_cert_file and tls_key_file; tls_disable = true turns it off");
    };
    let settings = TlsSettings {
        certificate_file: certificate.clone(),
        key_file: key.clone(),
        oldest: version(listener.tls_min_version),
        newest: listener.tls_max_version.map_or(TlsVersion::V13, version),
        client_certificates: client_certificates(listener)?,
    };
    Ok(Some(Arc::new(TlsReloader::load(settings)?)))
}

fn version(version: config::TlsVersion) -> TlsVersion {
    match version {
        config::TlsVersion::Tls12 => TlsVersion::V12,
        config::TlsVersion::Tls13 => TlsVersion::V13,
    }
}

fn client_certificates(listener: &Listener) -> Result<ClientCertificates> {
    match (listener.tls_require_and_verify_client_cert, listener.tls_disable_client_certs) {
        (true, true) => {
            bail!("tls_require_and_verify_client_cert and tls_disable_client_certs contradict each other")
        }
        (true, false) => match &listener.tls_client_ca_file {
            Some(authorities) => Ok(ClientCertificates::Required(authorities.clone())),
            None => bail!("tls_require_and_verify_client_cert needs tls_client_ca_file"),
        },
        (false, true) => Ok(ClientCertificates::Ignored),
        (false, false) => Ok(ClientCertificates::Requested),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Listener {
        Listener { address: "127.0.0.1:0".into(), tls_disable: true, ..Listener::default() }
    }

    /// The whole error of opening a listener.
    async fn error(listener: Listener) -> String {
        match Door::open(&listener).await {
            Ok(_) => panic!("this should not open"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[tokio::test]
    async fn settings_reach_the_gateway() {
        let door = Door::open(&Listener {
            max_request_size: Some(1024),
            max_request_duration: Some(std::time::Duration::from_secs(5)),
            max_request_json_strings: Some(12),
            x_forwarded_for_authorized_addrs: vec!["10.0.0.0/8".into()],
            ..plain()
        })
        .await
        .unwrap();
        assert!(door.tls.is_none() && door.address.port() > 0);
        assert_eq!((door.settings.limits.body, door.settings.limits.body_without_token), (1024, 1024));
        assert_eq!(door.settings.limits.json.strings, 12);
        assert_eq!(door.settings.timeouts.request.as_secs(), 5);
        assert!(door.settings.forwarded_for.is_some_and(|f| f.reject_not_present && f.reject_not_authorized));
    }

    #[tokio::test]
    async fn what_makes_no_sense_is_said() {
        let secure = Listener { address: "127.0.0.1:0".into(), ..Listener::default() };
        let with_files = Listener {
            tls_cert_file: Some("/nowhere/c.pem".into()),
            tls_key_file: Some("/nowhere/k.pem".into()),
            ..secure.clone()
        };
        for (listener, wanted) in [
            (secure, "TLS needs tls_cert_file and tls_key_file"),
            (with_files.clone(), "/nowhere/c.pem"),
            (
                Listener { tls_require_and_verify_client_cert: true, ..with_files.clone() },
                "needs tls_client_ca_file",
            ),
            (
                Listener {
                    tls_require_and_verify_client_cert: true,
                    tls_disable_client_certs: true,
                    ..with_files
                },
                "contradict each other",
            ),
            (
                Listener { x_forwarded_for_authorized_addrs: vec!["ten".into()], ..plain() },
                "not an IP address",
            ),
            (
                Listener { custom_response_headers: [("9xx".to_owned(), [].into())].into(), ..plain() },
                "not a status",
            ),
        ] {
            let message = error(listener).await;
            assert!(message.contains(wanted), "{message}");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_said() {
        let first = Door::open(&plain()).await.unwrap();
        let message = error(Listener { address: first.address.to_string(), ..plain() }).await;
        assert!(message.contains("Address already in use"), "{message}");
    }
}
