//! Whether requests go through a proxy, and through which.

use reqwest::{NoProxy, Proxy, Url};

use super::{ClientError, ClientResult};
use crate::environment::Environment;

/// A proxy and the hosts that are reached without it.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct ProxyConfig {
    url: Option<String>,
    exceptions: Option<String>,
}

impl ProxyConfig {
    /// The proxy for a server: the one set for this program, or else the one set for all programs.
    ///
    /// The latter is not for servers on this machine, as in Go's programs; people with a proxy develop, too.
    pub(super) fn read(environment: &Environment, base: &str) -> Self {
        let own = ["PROXY_ADDR", "HTTP_PROXY"].iter().find_map(|name| environment.setting(name));
        if let Some(url) = own {
            return Self { url: Some(url.to_owned()), exceptions: None };
        }
        let Some(server) = Url::parse(base).ok().filter(|server| !is_local(server)) else {
            return Self::default();
        };
        let names = match server.scheme() {
            "https" => ["HTTPS_PROXY", "https_proxy"],
            _ => ["HTTP_PROXY", "http_proxy"],
        };
        let either =
            |names: [&str; 2]| names.iter().find_map(|name| environment.variable(name)).map(str::to_owned);
        Self { url: either(names), exceptions: either(["NO_PROXY", "no_proxy"]) }
    }

    /// The proxy as the HTTP client takes it.
    ///
    /// # Errors
    /// When its address is none.
    pub(super) fn proxy(&self) -> ClientResult<Option<Proxy>> {
        let Some(url) = &self.url else { return Ok(None) };
        let proxy = Proxy::all(url).map_err(|_| {
            ClientError::Setup("failed to read environment: not the address of a proxy".to_owned())
        })?;
        Ok(Some(match &self.exceptions {
            Some(hosts) => proxy.no_proxy(NoProxy::from_string(hosts)),
            None => proxy,
        }))
    }
}

fn is_local(server: &Url) -> bool {
    let host = server.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_chosen_by_the_server() {
        let all = [("HTTP_PROXY", "http://p"), ("https_proxy", "http://s"), ("NO_PROXY", "x,y")];
        let own = [("HTTP_PROXY", "http://p"), ("VAULT_HTTP_PROXY", "http://v")];
        for (variables, base, expected) in [
            (all.as_slice(), "http://vault.example", (Some("http://p"), Some("x,y"))),
            (&all, "https://vault.example", (Some("http://s"), Some("x,y"))),
            (&all, "http://127.0.0.1:8200", (None, None)),
            (&all, "https://[::1]:8200", (None, None)),
            (&all, "http://localhost", (None, None)),
            (&own, "http://127.0.0.1:8200", (Some("http://v"), None)),
            (&[], "http://vault.example", (None, None)),
        ] {
            let config = ProxyConfig::read(&Environment::of_pairs(variables.iter().copied()), base);
            assert_eq!((config.url.as_deref(), config.exceptions.as_deref()), expected, "{base}");
        }
    }
}
