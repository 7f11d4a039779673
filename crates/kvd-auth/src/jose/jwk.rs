//! Sets of keys as issuers publish them (RFC 7517).

use super::{Algorithm, PublicKey};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

/// The most keys of a set that are looked at.
const MOST_KEYS: usize = 256;

/// The keys of an issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeySet(Vec<NamedKey>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct NamedKey {
    id: Option<String>,
    /// The only algorithm it is for, where the issuer says so.
    algorithm: Option<String>,
    key: PublicKey,
}

impl KeySet {
    /// Fixed keys, which have no ids.
    pub(crate) fn of_keys(keys: Vec<PublicKey>) -> Self {
        Self(keys.into_iter().map(|key| NamedKey { id: None, algorithm: None, key }).collect())
    }

    /// Reads a set. Keys that are not for signatures or of an unknown kind are passed over: an issuer may have some
    /// for others.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(bytes).ok()?;
        Some(Self(document.keys.iter().take(MOST_KEYS).filter_map(named_key).collect()))
    }

    /// Whether a key of the set has signed `message`. Where the token names a key, only that one counts.
    pub(crate) fn has_signed(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let fits = |key: &&NamedKey| {
            let is_named = match (id, &key.id) {
                (Some(id), Some(own)) => id == own,
                // A key without an id may be the one that is named.
                (Some(_), None) | (None, _) => true,
            };
            is_named && key.algorithm.as_ref().is_none_or(|own| own == algorithm.name())
        };
        self.0.iter().filter(fits).any(|key| key.key.has_signed(algorithm, message, signature))
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

fn named_key(jwk: &Jwk) -> Option<NamedKey> {
    let is_for_signatures = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
        && jwk.key_ops.as_ref().is_none_or(|uses| uses.iter().any(|u| u == "verify"));
    let key = if is_for_signatures { key(jwk)? } else { return None };
    Some(NamedKey { id: jwk.kid.clone(), algorithm: jwk.alg.clone(), key })
}

fn key(jwk: &Jwk) -> Option<PublicKey> {
    let bytes = |text: &Option<String>| BASE64_URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
    let point = || Some([&[4], bytes(&jwk.x)?.as_slice(), bytes(&jwk.y)?.as_slice()].concat());
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => PublicKey::rsa(&bytes(&jwk.n)?, &bytes(&jwk.e)?).ok(),
        ("EC", Some("P-256")) => PublicKey::p256(&point()?).ok(),
        ("EC", Some("P-384")) => PublicKey::p384(&point()?).ok(),
        ("OKP", Some("Ed25519")) => PublicKey::ed25519(&bytes(&jwk.x)?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_cannot_verify_signatures_are_passed_over() {
        let x = BASE64_URL_SAFE_NO_PAD.encode([1; 32]);
        for (members, want) in [
            (r#""kty":"OKP","crv":"Ed25519","kid":"a""#, 1),
            (r#""kty":"OKP","crv":"Ed25519","use":"sig","key_ops":["verify"]"#, 1),
            (r#""kty":"OKP","crv":"Ed25519","use":"enc""#, 0),
            (r#""kty":"OKP","crv":"Ed25519","key_ops":["deriveKey"]"#, 0),
            (r#""kty":"OKP","crv":"X25519""#, 0),
            (r#""kty":"oct","k":"AAAA""#, 0),
            (r#""kty":"EC","crv":"P-256","y":"AA""#, 0),
            (r#""kty":"RSA","n":"AQAB","e":"AQAB""#, 0),
        ] {
            let text = format!("{{\"keys\":[{{\"x\":\"{x}\",{members}}}]}}");
            assert_eq!(KeySet::parse(text.as_bytes()).unwrap().0.len(), want, "{text}");
        }
        for text in ["", "{}", "[]", "<html>", r#"{"keys":{}}"#] {
            assert_eq!(KeySet::parse(text.as_bytes()), None, "{text}");
        }
    }
}
