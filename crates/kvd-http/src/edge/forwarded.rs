//! `X-Forwarded-For`: whom to believe about where a request came from.

use http::{HeaderMap, HeaderName, HeaderValue};
use kvd_types::Fault;
use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};
use thiserror::Error;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The options `x_forwarded_for_*` of a listener, for servers behind proxies.
#[derive(Clone, Debug)]
pub struct ForwardedFor {
    /// The proxies that are believed (`_authorized_addrs`).
    pub authorized: Vec<Network>,
    /// How many entries at the end of the chain belong to proxies behind the first one (`_hop_skips`).
    pub hop_skips: usize,
    /// Whether a request without the header is refused (`_reject_not_present`).
    pub reject_not_present: bool,
    /// Whether a request with the header from anybody else is refused (`_reject_not_authorized`); otherwise the
    /// header is passed over.
    pub reject_not_authorized: bool,
}

/// An address, or all addresses that begin with the same bits: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no address and no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an IP address or a network like 10.0.0.0/8")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| NetworkError)?)),
            None => (text.trim(), None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| NetworkError)?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        match prefix.unwrap_or(most) {
            prefix if prefix <= most => Ok(Self { address, prefix }),
            _ => Err(NetworkError),
        }
    }
}

impl Network {
    /// Whether `address` is part of it; an IPv4 address written as IPv6 is taken for what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                same_start(a.to_bits().into(), b.to_bits().into(), 32 - u32::from(self.prefix))
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                same_start(a.to_bits(), b.to_bits(), 128 - u32::from(self.prefix))
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn same_start(a: u128, b: u128, rest: u32) -> bool {
    (a ^ b).checked_shr(rest).unwrap_or(0) == 0
}

impl ForwardedFor {
    /// The address of the client that stands behind `peer`. A header that is not believed is taken away, so that
    /// nobody further in believes it either.
    ///
    /// # Errors
    /// When the request is to be refused, or a proxy that is believed says something that is no address.
    pub(crate) fn client(&self, peer: IpAddr, headers: &mut HeaderMap) -> Result<IpAddr, Fault> {
        if !headers.contains_key(X_FORWARDED_FOR) {
            if self.reject_not_present {
                return Err(Fault::invalid(
                    "missing x-forwarded-for header and configured to reject when not present",
                ));
            }
            return Ok(peer);
        }
        if !self.authorized.iter().any(|network| network.contains(peer)) {
            if self.reject_not_authorized {
                return Err(Fault::invalid(
                    "client address not authorized for x-forwarded-for and configured to reject connection",
                ));
            }
            headers.remove(X_FORWARDED_FOR);
            return Ok(peer);
        }
        let values = headers.get_all(X_FORWARDED_FOR).iter();
        let chain: Vec<_> = values.map(HeaderValue::as_bytes).flat_map(|v| v.split(|b| *b == b',')).collect();
        let Some(place) = chain.len().checked_sub(self.hop_skips + 1) else {
            return Err(Fault::invalid(format!(
                "malformed x-forwarded-for configuration or request, hops to skip ({}) would skip before \
                 earliest chain link (chain length {})",
                self.hop_skips,
                chain.len()
            )));
        };
        address(chain[place])
            .ok_or_else(|| Fault::invalid("x-forwarded-for holds something that is no IP address"))
    }
}

/// An address as proxies write it: plain, in brackets, or with a port.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let plain = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    plain.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.1.2.3";

    fn proxies(hop_skips: usize) -> ForwardedFor {
        let authorized = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        ForwardedFor { authorized, hop_skips, reject_not_present: true, reject_not_authorized: true }
    }

    fn check(settings: &ForwardedFor, peer: &str, values: &[&'static str], want: Result<&str, &str>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let got = settings.client(peer.parse().unwrap(), &mut headers);
        let got = got.map(|a| a.to_string()).map_err(|f| {
            assert_eq!(f.kind.codes().http, 400);
            f.public[0].to_string()
        });
        assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "{peer} {values:?}");
    }

    #[test]
    fn v_135_the_last_entry_counts_unless_hops_are_skipped() {
        check(&proxies(0), PROXY, &["203.0.113.9"], Ok("203.0.113.9"));
        check(&proxies(0), PROXY, &["203.0.113.1, 203.0.113.2 ,203.0.113.3"], Ok("203.0.113.3"));
        check(&proxies(0), PROXY, &["203.0.113.1", "203.0.113.2"], Ok("203.0.113.2"));
        check(&proxies(1), PROXY, &["203.0.113.1, 203.0.113.2 ,203.0.113.3"], Ok("203.0.113.2"));
        check(&proxies(1), PROXY, &["203.0.113.1", "203.0.113.2"], Ok("203.0.113.1"));
        check(&proxies(0), "::ffff:10.1.2.3", &["203.0.113.9"], Ok("203.0.113.9"));
        check(&proxies(0), "2001:db8::1", &["203.0.113.9"], Ok("203.0.113.9"));
    }

    #[test]
    fn v_135_addresses_are_read_in_every_form_that_proxies_write() {
        check(&proxies(0), PROXY, &["2001:db8::1"], Ok("2001:db8::1"));
        check(&proxies(0), PROXY, &["[2001:db8::1]"], Ok("2001:db8::1"));
        check(&proxies(0), PROXY, &["[2001:db8::1]:443"], Ok("2001:db8::1"));
        check(&proxies(0), PROXY, &["203.0.113.9:1234"], Ok("203.0.113.9"));
    }

    #[test]
    fn v_135_what_is_no_address_is_refused() {
        for value in ["unknown", "", "a, b", "203.0.113.9,", "203.0.113.256", "_hidden", "\"203.0.113.9\""] {
            check(&proxies(0), PROXY, &[value], Err("x-forwarded-for holds something that is no IP address"));
        }
    }

    #[test]
    fn row_5_4_requests_around_the_proxies_are_refused_where_that_is_configured() {
        let missing = "missing x-forwarded-for header and configured to reject when not present";
        let stranger =
            "client address not authorized for x-forwarded-for and configured to reject connection";
        let short = "malformed x-forwarded-for configuration or request, hops to skip (2) would skip before \
                     earliest chain link (chain length 1)";
        check(&proxies(0), PROXY, &[], Err(missing));
        check(&proxies(0), "192.0.2.1", &["203.0.113.9"], Err(stranger));
        check(&proxies(2), PROXY, &["203.0.113.9"], Err(short));
    }

    #[test]
    fn d10_v_135_a_header_that_is_not_believed_is_taken_away() {
        let settings = ForwardedFor { reject_not_present: false, reject_not_authorized: false, ..proxies(0) };
        let mut headers = HeaderMap::from_iter([(X_FORWARDED_FOR, HeaderValue::from_static("203.0.113.9"))]);
        let stranger = "192.0.2.1".parse().unwrap();
        assert_eq!(settings.client(stranger, &mut headers).unwrap(), stranger);
        assert!(headers.is_empty());
        check(&settings, PROXY, &[], Ok(PROXY));
    }

    #[test]
    fn networks_are_read_and_compared_by_their_first_bits() {
        for (network, address, want) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false),
        ] {
            assert_eq!(
                network.parse::<Network>().unwrap().contains(address.parse().unwrap()),
                want,
                "{network}"
            );
        }
        for text in ["", "x", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "10.0.0.0/-1"] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError), "{text}");
        }
    }
}
