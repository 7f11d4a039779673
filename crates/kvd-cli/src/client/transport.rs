//! The wire: sending, waiting, trying again, following one redirect.

use std::{error::Error, net::ToSocketAddrs, time::Duration};

use reqwest::{
    StatusCode,
    blocking::{Client, ClientBuilder, Response as WireResponse},
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde::Deserialize;

use super::{
    ClientError, ClientResult, Config, Method, Request, Response, Secret,
    error::{ApiError, Reasons},
    url::split_origin,
};

/// A connection pool with the rules for using it.
pub(super) struct Transport {
    client: Client,
    max_retries: u32,
    follow_redirect: bool,
    /// The name that stands in for the host, so that the certificate is checked against it.
    server_name: Option<String>,
}

/// The shortest and the longest wait between two tries, as in Vault's client.
const WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(1500));

impl Transport {
    pub(super) fn new(config: &Config) -> ClientResult<Self> {
        // Whoever was first wins: a server in the same process has chosen the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .timeout(config.timeout)
            .user_agent(concat!("kvd/", env!("CARGO_PKG_VERSION")));
        if let Some(socket) = &config.socket {
            builder = builder.unix_socket(socket.as_str());
        }
        // The process's own environment is not looked at: the configuration was read from the invocation's.
        builder = match config.proxy.proxy()? {
            Some(proxy) => builder.proxy(proxy),
            None => builder.no_proxy(),
        };
        builder = config.tls.apply(builder)?;
        let server_name = config.tls.server_name.clone();
        if let Some(name) = &server_name {
            builder = resolve_as(builder, name, &config.base)?;
        }
        let client = builder.build().map_err(|error| ClientError::Setup(reason(&error)))?;
        Ok(Self {
            client,
            max_retries: config.max_retries,
            follow_redirect: config.follow_redirect,
            server_name,
        })
    }

    /// Sends a request, follows one redirect, and tells answers from refusals.
    pub(super) fn send(&self, request: Request) -> ClientResult<Response> {
        let url = request.url();
        let answer = self.try_often(&request, &url)?;
        let redirects = matches!(answer.status().as_u16(), 301 | 302 | 307);
        if !(redirects && self.follow_redirect) {
            return conclude(&request, url, answer);
        }
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        let Some(location) = location else { return conclude(&request, url, answer) };
        let absolute = reqwest::Url::parse(&url).and_then(|base| base.join(location));
        let location = absolute
            .map_err(|_| ClientError::Transport("the server redirects to no address".to_owned()))?
            .to_string();
        if url.starts_with("https://") && !location.starts_with("https://") {
            return Err(ClientError::Transport("redirect would cause protocol downgrade".to_owned()));
        }
        let answer = self.try_often(&request, &location)?;
        conclude(&request, location, answer)
    }

    fn try_often(&self, request: &Request, url: &str) -> ClientResult<WireResponse> {
        let mut tries = 0;
        loop {
            let answer = self.try_once(request, url);
            let again = match &answer {
                Ok(answer) => worth_another_try(answer.status()),
                Err(_) => true,
            };
            if !again || tries >= self.max_retries {
                return answer;
            }
            tries += 1;
            let asked = answer.ok().and_then(|answer| retry_after(answer.headers()));
            std::thread::sleep(asked.unwrap_or_else(|| (WAIT.0 * tries).min(WAIT.1 * tries)));
        }
    }

    fn try_once(&self, request: &Request, url: &str) -> ClientResult<WireResponse> {
        let method = reqwest::Method::from_bytes(request.method.name().as_bytes())
            .map_err(|_| ClientError::Transport("not a method".to_owned()))?;
        let target = self.target(request.method, url)?;
        let mut wire = self.client.request(method, target).headers(header_map(request)?);
        if self.server_name.is_some() {
            wire = wire.header("host", authority(url));
        }
        if let Some(body) = &request.body {
            wire = wire.body(body.as_bytes().to_vec());
        } else if let Some(bytes) = &request.bytes {
            wire = wire.body(bytes.clone());
        }
        wire.send().map_err(|error| ClientError::Transport(describe(request, url, &error)))
    }

    fn target(&self, method: Method, url: &str) -> ClientResult<reqwest::Url> {
        let unsupported = |scheme: &str| {
            let method = titled(method.name());
            ClientError::Transport(format!("{method} \"{url}\": unsupported protocol scheme \"{scheme}\""))
        };
        let mut target = reqwest::Url::parse(url).map_err(|_| unsupported(""))?;
        if !matches!(target.scheme(), "http" | "https") {
            return Err(unsupported(target.scheme()));
        }
        if let Some(name) = &self.server_name {
            target.set_host(Some(name)).map_err(|_| {
                ClientError::Setup(format!("failed to setup TLS config: not a server name: {name}"))
            })?;
        }
        Ok(target)
    }
}

/// Makes the server name lead to the machine of the address, so that TLS asks for the name and checks it.
fn resolve_as(builder: ClientBuilder, name: &str, address: &str) -> ClientResult<ClientBuilder> {
    let url = reqwest::Url::parse(address)
        .map_err(|_| ClientError::Transport(format!("the server's address is not a URL: {address}")))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let found: Vec<_> = (host, port)
        .to_socket_addrs()
        .map_err(|error| ClientError::Transport(format!("dial tcp: lookup {host}: {error}")))?
        .collect();
    Ok(builder.resolve_to_addrs(name, &found))
}

fn authority(url: &str) -> String {
    let (origin, _) = split_origin(url);
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    authority.rsplit('@').next().unwrap_or(authority).to_owned()
}

fn header_map(request: &Request) -> ClientResult<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in &request.headers {
        // The value is not quoted: it may be the token.
        let invalid = || {
            ClientError::Setup(match name.as_str() {
                "X-Vault-Token" => {
                    "configured Vault token contains non-printable characters and cannot be used".to_owned()
                }
                name => format!("the header {name} contains a letter that cannot be sent"),
            })
        };
        if name == "X-Vault-Token" && value.chars().any(char::is_control) {
            return Err(invalid());
        }
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
        value.set_sensitive(name == "X-Vault-Token");
        map.append(header, value);
    }
    if request.body.is_some() && !map.contains_key("content-type") {
        map.insert("content-type", HeaderValue::from_static("application/json"));
    }
    Ok(map)
}

/// Errors of the server are worth another try, except the one that says it will never do this.
fn worth_another_try(status: StatusCode) -> bool {
    matches!(status.as_u16(), 412 | 429) || (status.is_server_error() && status.as_u16() != 501)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get("retry-after")?.to_str().ok()?.parse().ok()?;
    // A server that asks for an hour is not worth waiting for.
    Some(Duration::from_secs(seconds.min(60)))
}

fn conclude(request: &Request, url: String, answer: WireResponse) -> ClientResult<Response> {
    let status = answer.status().as_u16();
    let namespace = answer.headers().get("x-vault-namespace").and_then(|value| value.to_str().ok());
    // A server that does not repeat it was asked in the namespace of the request all the same.
    let asked = || request.headers.iter().find(|(name, _)| name == "X-Vault-Namespace");
    let namespace = namespace.map(str::to_owned).or_else(|| asked().map(|(_, value)| value.to_string()));
    let body =
        answer.bytes().map_err(|error| ClientError::Transport(describe(request, &url, &error)))?.to_vec();
    let standby = status == 429 && request.path == "sys/health";
    if (200..400).contains(&status) || standby {
        return Ok(Response { body });
    }
    let carried = if status == 404 { Secret::parse(&body).ok().flatten() } else { None };
    Err(ClientError::Api(ApiError {
        method: request.method.name(),
        url,
        status,
        namespace,
        reasons: reasons(&body),
        secret: carried.filter(Secret::has_content).map(Box::new),
    }))
}

fn reasons(body: &[u8]) -> Reasons {
    #[derive(Deserialize)]
    struct Errors {
        #[serde(default)]
        errors: Option<Vec<String>>,
    }
    match serde_json::from_slice::<Errors>(body) {
        Ok(Errors { errors }) => Reasons::Errors(errors.unwrap_or_default()),
        Err(_) => Reasons::Raw(String::from_utf8_lossy(body).into_owned()),
    }
}

fn describe(request: &Request, url: &str, error: &reqwest::Error) -> String {
    let method = titled(request.method.name());
    let why = match (error.is_connect(), dialled(url)) {
        (true, Some(peer)) if !error.is_timeout() => format!("dial tcp {peer}: connect: {}", reason(error)),
        _ => reason(error),
    };
    format!("{method} \"{url}\": {why}")
}

/// The name of a method with one capital, as Go's client writes it in its errors.
fn titled(method: &str) -> String {
    format!("{}{}", &method[..1], method[1..].to_lowercase())
}

/// The address and port that a URL leads to, when it names an address; a name is looked up first, and that may fail.
fn dialled(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url.host_str()?;
    host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok()?;
    Some(format!("{host}:{}", url.port_or_known_default()?))
}

/// The innermost reason; the layers above it only repeat the URL. Errors of the system come in the words of Go, which
/// scripts look for: small letters, without the number.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "context deadline exceeded (no answer within the time limit)".to_owned();
    }
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    match text.split_once(" (os error ") {
        Some((system, _)) => system.to_lowercase(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_of_the_server_are_tried_again() {
        for (status, expected) in
            [(200, false), (404, false), (412, true), (429, true), (500, true), (501, false), (503, true)]
        {
            assert_eq!(worth_another_try(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
    }

    #[test]
    fn only_an_address_that_is_written_out_is_named_as_dialled() {
        for (url, expected) in [
            ("http://127.0.0.1:1/v1/a", Some("127.0.0.1:1")),
            ("https://[::1]/v1/a", Some("[::1]:443")),
            ("http://vault.example/v1/a", None),
            ("nosuch/v1/a", None),
        ] {
            assert_eq!(dialled(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn reasons_are_read_from_json_and_anything_else_is_kept() {
        let text = |body: &str| match reasons(body.as_bytes()) {
            Reasons::Errors(errors) => format!("{errors:?}"),
            Reasons::Raw(raw) => format!("raw {raw}"),
        };
        for (body, expected) in [
            (r#"{"errors": ["a", "b"]}"#, r#"["a", "b"]"#),
            (r#"{"errors": []}"#, "[]"),
            (r#"{"data": {}}"#, "[]"),
            ("", "raw "),
            ("<html>", "raw <html>"),
        ] {
            assert_eq!(text(body), expected);
        }
    }
}
