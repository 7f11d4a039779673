//! The token: `X-Vault-Token`, or else `Authorization: Bearer`.

use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use kvd_types::{ClientAuth, Fault, Secret};

pub(super) const X_VAULT_TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
const BEARER: &[u8] = b"Bearer ";

/// Reads the caller's token; `most` is its greatest length in bytes.
///
/// # Errors
/// When a header names two tokens, or what it names can be none.
pub fn extract(headers: &HeaderMap, most: usize) -> Result<ClientAuth, Fault> {
    match presented(headers)? {
        None => Ok(ClientAuth::Missing),
        Some(token) if token.len() > most => Err(Fault::permission_denied()),
        Some(token) => match std::str::from_utf8(token) {
            Ok(text) if text.is_ascii() => Ok(ClientAuth::Token(Secret::new(text.to_owned()))),
            Ok(_) | Err(_) => Err(Fault::permission_denied()),
        },
    }
}

/// The bytes of the token header that counts: an `X-Vault-Token` that is not empty goes before any bearer.
///
/// # Errors
/// When that header is given twice with different values: a proxy and this server might each pick another one.
pub(super) fn presented(headers: &HeaderMap) -> Result<Option<&[u8]>, Fault> {
    let own = headers.get_all(X_VAULT_TOKEN).iter().map(HeaderValue::as_bytes);
    let bearer = || headers.get_all(AUTHORIZATION).iter().filter_map(|v| v.as_bytes().strip_prefix(BEARER));
    match the_only(own)? {
        Some(token) => Ok(Some(token)),
        None => the_only(bearer()),
    }
}

fn the_only<'a>(values: impl Iterator<Item = &'a [u8]>) -> Result<Option<&'a [u8]>, Fault> {
    let mut found = None;
    for value in values.map(<[u8]>::trim_ascii).filter(|v| !v.is_empty()) {
        match found {
            Some(first) if first != value => {
                return Err(Fault::invalid("the token is given more than once, with different values"));
            }
            Some(_) | None => found = Some(value),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &[u8])], want: Result<Option<&str>, u16>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let got = match extract(&map, 8 << 10) {
            Ok(ClientAuth::Missing) => Ok(None),
            Ok(ClientAuth::Token(token)) => Ok(Some(token.expose().clone())),
            Err(fault) => Err(fault.kind.codes().http),
        };
        assert_eq!(got, want.map(|t| t.map(str::to_owned)), "{headers:?}");
    }

    #[test]
    fn row_5_4_no_token_is_no_error_here() {
        check(&[], Ok(None));
        check(&[("x-vault-token", b"")], Ok(None));
        check(&[("authorization", b"Basic cm9vdA==")], Ok(None));
        check(&[("cookie", b"token=root")], Ok(None));
    }

    #[test]
    fn row_5_4_odd_tokens_go_to_the_vault_as_they_are() {
        for token in ["hvs.", "hvb.junk", "s.", "../root", "root.x", "%00"] {
            check(&[("x-vault-token", token.as_bytes())], Ok(Some(token)));
        }
    }

    #[test]
    fn row_5_4_what_can_be_no_token_is_denied() {
        check(&[("x-vault-token", &[b'a'; (8 << 10) + 1])], Err(403));
        check(&[("x-vault-token", &[b'a'; 1 << 20])], Err(403));
        check(&[("x-vault-token", b"a\xff")], Err(403));
        check(&[("x-vault-token", "é".as_bytes())], Err(403));
        check(&[("authorization", b"Bearer \xff")], Err(403));
    }

    #[test]
    fn row_5_4_two_token_headers_must_agree() {
        check(&[("x-vault-token", b"a"), ("x-vault-token", b"b")], Err(400));
        check(&[("x-vault-token", b"a"), ("x-vault-token", b"a")], Ok(Some("a")));
        check(&[("authorization", b"Bearer a"), ("authorization", b"Bearer b")], Err(400));
        check(&[("authorization", b"Negotiate x"), ("authorization", b"Bearer b")], Ok(Some("b")));
    }

    #[test]
    fn row_5_4_the_token_header_goes_before_a_bearer_which_depends_on_case() {
        check(&[("x-vault-token", b"a"), ("authorization", b"Bearer b")], Ok(Some("a")));
        check(&[("x-vault-token", b""), ("authorization", b"Bearer b")], Ok(Some("b")));
        check(&[("authorization", b"Bearer   root  ")], Ok(Some("root")));
        check(&[("authorization", b"bearer root")], Ok(None));
        check(&[("authorization", b"Bearer")], Ok(None));
    }
}
