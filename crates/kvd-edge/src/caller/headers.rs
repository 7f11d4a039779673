//! The headers a call keeps: all of them but the token, wherever it was written.

use super::token::{X_VAULT_TOKEN, presented};
use http::{HeaderMap, HeaderValue};
use kvd_types::Headers;

/// The headers of one request.
#[derive(Debug)]
pub struct RequestHeaders(pub HeaderMap);

/// A mount may pass headers on to whoever stands behind it, and an audit device may write them down. The token
/// must not leave that way, so its own header is hidden, and so is every value that holds it.
impl Headers for RequestHeaders {
    fn values<'a>(&'a self, name: &str) -> Vec<&'a str> {
        if name == X_VAULT_TOKEN {
            return Vec::new();
        }
        let token = presented(&self.0).ok().flatten();
        let holds_token =
            |value: &HeaderValue| token.is_some_and(|t| value.as_bytes().windows(t.len()).any(|w| w == t));
        let values = self.0.get_all(name).iter();
        values.filter(|v| !holds_token(v)).filter_map(|v| v.to_str().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], name: &str, want: &[&str]) {
        let map = headers.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect();
        assert_eq!(RequestHeaders(map).values(name), want, "{name} of {headers:?}");
    }

    #[test]
    fn v_037_no_header_that_is_passed_on_holds_the_token() {
        check(&[("X-Vault-Token", "hvs.a")], "x-vault-token", &[]);
        check(&[("Authorization", "Bearer hvs.a")], "authorization", &[]);
        check(&[("X-Vault-Token", "hvs.a"), ("Authorization", "Bearer hvs.a")], "authorization", &[]);
        check(&[("X-Vault-Token", "hvs.a"), ("X-Other", "hvs.a"), ("X-Other", "b")], "x-other", &["b"]);
        check(
            &[("Authorization", "Bearer hvs.a"), ("Authorization", "Basic b")],
            "authorization",
            &["Basic b"],
        );
    }

    #[test]
    fn other_headers_are_read_by_name() {
        check(&[("X-Other", "a"), ("x-other", "b"), ("x-more", "c")], "x-other", &["a", "b"]);
        check(
            &[("X-Vault-Token", "hvs.a"), ("Authorization", "Bearer jwt")],
            "authorization",
            &["Bearer jwt"],
        );
        check(&[], "x-other", &[]);
    }
}
