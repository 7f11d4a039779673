//! The compact form of a signed token: header, payload and signature with dots between them (RFC 7515 §3.1).

use super::{Algorithm, Claims, KeySet, TokenError, strict};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

/// The longest token that is looked at, in bytes.
const MOST_BYTES: usize = 64 << 10;

/// A token whose signature is still to be verified. What it says can be had by verifying it only.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    /// What was signed: header and payload as they came.
    message: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Takes a token apart that is signed with one of the `allowed` algorithms.
    ///
    /// # Errors
    /// When it is no signed token, or signed in another way.
    pub(crate) fn parse(text: &'a str, allowed: &[Algorithm]) -> Result<Self, TokenError> {
        let malformed = TokenError::Malformed;
        if text.len() > MOST_BYTES {
            return Err(malformed);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(malformed)?;
        let (header, payload) = message.split_once('.').ok_or(malformed)?;
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed);
        let header = strict::object(&bytes(header)?).ok_or(malformed)?;
        // What is critical must be understood, and there is nothing beyond the header itself that is.
        if header.contains_key("crit") {
            return Err(malformed);
        }
        let name = header.get("alg").and_then(Value::as_str).ok_or(malformed)?;
        let algorithm =
            Algorithm::parse(name).filter(|a| allowed.contains(a)).ok_or(TokenError::Algorithm)?;
        let key_id = match header.get("kid") {
            None => None,
            Some(id) => Some(id.as_str().ok_or(malformed)?.to_owned()).filter(|id| !id.is_empty()),
        };
        let (payload, signature) = (bytes(payload)?, bytes(signature)?);
        Ok(Self { algorithm, key_id, message, payload, signature })
    }

    /// What the token says, if one of `keys` has signed it.
    ///
    /// # Errors
    /// When none has, or it says nothing that can be understood in one way only.
    pub(crate) fn verify(&self, keys: &KeySet) -> Result<Claims, TokenError> {
        let signed =
            keys.has_signed(self.key_id.as_deref(), self.algorithm, self.message.as_bytes(), &self.signature);
        if signed { self.claims() } else { Err(TokenError::Signature) }
    }

    /// What the token says without regard to its signature, for whoever has somebody else verify it.
    ///
    /// # Errors
    /// When it says nothing that can be understood in one way only.
    pub(crate) fn unverified(&self) -> Result<Claims, TokenError> {
        self.claims()
    }

    fn claims(&self) -> Result<Claims, TokenError> {
        strict::object(&self.payload).map(Claims::new).ok_or(TokenError::Payload)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::jose::PublicKey;
    use ring::{
        hmac,
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
    };

    /// Somebody who signs tokens with a key on P-256.
    pub(crate) struct Signer(EcdsaKeyPair);

    impl Signer {
        pub(crate) fn new() -> Self {
            let key =
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                key.as_ref(),
                &SystemRandom::new(),
            );
            Self(pair.unwrap())
        }

        pub(crate) fn public(&self) -> PublicKey {
            PublicKey::P256(self.0.public_key().as_ref().to_vec())
        }

        pub(crate) fn sign(&self, header: &str, payload: &str) -> String {
            let message = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
            let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
            format!("{message}.{}", encode(signature.as_ref()))
        }
    }

    pub(crate) fn encode(bytes: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn verify(text: &str, key: &PublicKey) -> Result<Claims, TokenError> {
        Token::parse(text, &Algorithm::ALL)?.verify(&KeySet::of_keys(vec![key.clone()]))
    }

    #[test]
    fn v067_what_is_signed_is_believed_and_nothing_else() {
        let (signer, stranger) = (Signer::new(), Signer::new());
        let key = signer.public();
        let header = r#"{"alg":"ES256"}"#;
        let good = signer.sign(header, r#"{"sub":"a"}"#);
        assert_eq!(verify(&good, &key).unwrap().member("sub").unwrap(), "a");
        let (message, signature) = good.rsplit_once('.').unwrap();
        let other = format!("{}.{}", encode(header.as_bytes()), encode(br#"{"sub":"root"}"#));
        let PublicKey::P256(point) = &key else { panic!("another kind of key") };
        let shared = format!("{}.{}", encode(br#"{"alg":"HS256"}"#), encode(br#"{"sub":"a"}"#));
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, point), shared.as_bytes());
        for (text, want) in [
            (stranger.sign(header, r#"{"sub":"a"}"#), TokenError::Signature),
            (format!("{other}.{signature}"), TokenError::Signature),
            (format!("{message}."), TokenError::Signature),
            (format!("{message}.{}", &signature[..80]), TokenError::Signature),
            (format!("{message}.{signature}AAAA"), TokenError::Signature),
            (signer.sign(r#"{"alg":"ES384"}"#, "{}"), TokenError::Signature),
            (signer.sign(r#"{"alg":"RS256"}"#, "{}"), TokenError::Signature),
            (signer.sign(r#"{"alg":"none"}"#, "{}"), TokenError::Algorithm),
            (format!("{shared}.{}", encode(mac.as_ref())), TokenError::Algorithm),
            (signer.sign(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, "{}"), TokenError::Malformed),
            (signer.sign(r#"{"alg":"none","alg":"ES256"}"#, "{}"), TokenError::Malformed),
            (signer.sign(r#"{"alg":["ES256"]}"#, "{}"), TokenError::Malformed),
            (signer.sign(r#"{"alg":"ES256","kid":7}"#, "{}"), TokenError::Malformed),
            (signer.sign("{}", "{}"), TokenError::Malformed),
            (signer.sign(header, r#"{"sub":"a","sub":"b"}"#), TokenError::Payload),
            (signer.sign(header, "[]"), TokenError::Payload),
            (signer.sign(header, "not json"), TokenError::Payload),
            (format!("{message}=.{signature}"), TokenError::Malformed),
            (format!(" {good}"), TokenError::Malformed),
            (format!("{good}.x"), TokenError::Malformed),
            ("a.b.c".to_owned(), TokenError::Malformed),
            ("garbage".to_owned(), TokenError::Malformed),
            (String::new(), TokenError::Malformed),
            ("..".to_owned(), TokenError::Malformed),
            ("x".repeat(MOST_BYTES + 1), TokenError::Malformed),
        ] {
            assert_eq!(verify(&text, &key).unwrap_err(), want, "{}", &text[..text.len().min(80)]);
        }
    }

    #[test]
    fn v067_a_list_of_algorithms_is_kept_to() {
        let signer = Signer::new();
        let text = signer.sign(r#"{"alg":"ES256"}"#, "{}");
        assert_eq!(Token::parse(&text, &[Algorithm::Rs256]).unwrap_err(), TokenError::Algorithm);
        assert!(Token::parse(&text, &[Algorithm::Es256]).is_ok());
    }

    #[test]
    fn v066_the_named_key_counts_and_no_other() {
        let (mine, yours) = (Signer::new(), Signer::new());
        let jwk = |id: &str, signer: &Signer| {
            let PublicKey::P256(point) = signer.public() else { panic!("another kind of key") };
            let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
            format!(r#"{{"kty":"EC","crv":"P-256","kid":"{id}","alg":"ES256","x":"{x}","y":"{y}"}}"#)
        };
        let set = format!(r#"{{"keys":[{},{}]}}"#, jwk("a", &mine), jwk("b", &yours));
        let keys = KeySet::parse(set.as_bytes()).unwrap();
        for (id, want) in [("\"a\"", true), ("\"b\"", false), ("\"c\"", false), ("\"\"", true)] {
            let text = mine.sign(&format!(r#"{{"alg":"ES256","kid":{id}}}"#), "{}");
            assert_eq!(Token::parse(&text, &Algorithm::ALL).unwrap().verify(&keys).is_ok(), want, "{id}");
        }
    }

    #[test]
    fn keys_on_edwards_curves_verify() {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let message = format!("{}.{}", encode(br#"{"alg":"EdDSA"}"#), encode(b"{}"));
        let text = format!("{message}.{}", encode(key.sign(message.as_bytes()).as_ref()));
        let public = PublicKey::Ed25519(key.public_key().as_ref().to_vec());
        assert!(verify(&text, &public).is_ok());
        assert_eq!(verify(&text, &Signer::new().public()).unwrap_err(), TokenError::Signature);
    }
}
