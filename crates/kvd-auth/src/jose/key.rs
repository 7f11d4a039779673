//! Public keys, and how a signature is held against them.

use super::Algorithm;
use ring::signature::{
    self as ring_signature, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use rustls_pki_types::pem::{SectionKind, from_buf};
use thiserror::Error;
use x509_parser::{
    certificate::X509Certificate,
    oid_registry::{
        OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519,
    },
    prelude::FromDer,
    public_key::PublicKey as ParsedKey,
    x509::SubjectPublicKeyInfo,
};

/// A key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// Modulus and exponent, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// An uncompressed point.
    P256(Vec<u8>),
    /// An uncompressed point.
    P384(Vec<u8>),
    /// 32 bytes.
    Ed25519(Vec<u8>),
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum KeyError {
    #[error("data does not contain any valid public keys")]
    NotPem,
    #[error("the key is not of a kind that can be used")]
    Kind,
    #[error("RSA keys need 2048 to 8192 bits")]
    Size,
}

/// The bits of RSA keys: below 2048 they are too weak, and above 8192 too slow, to be believed.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

impl PublicKey {
    /// The key in the first block of a PEM text, which is a public key or a certificate.
    ///
    /// # Errors
    /// When there is none, or none that can be used.
    pub(crate) fn of_pem(text: &str) -> Result<Self, KeyError> {
        let (kind, der) = from_buf(&mut text.as_bytes()).ok().flatten().ok_or(KeyError::NotPem)?;
        if kind == SectionKind::PublicKey {
            let (_, info) = SubjectPublicKeyInfo::from_der(&der).map_err(|_| KeyError::NotPem)?;
            return Self::of_info(&info);
        }
        if kind == SectionKind::Certificate {
            let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| KeyError::NotPem)?;
            return Self::of_info(certificate.public_key());
        }
        Err(KeyError::NotPem)
    }

    fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyError> {
        let kind = &info.algorithm.algorithm;
        let bytes = &*info.subject_public_key.data;
        if *kind == OID_PKCS1_RSAENCRYPTION {
            return match info.parsed() {
                Ok(ParsedKey::RSA(key)) => Self::rsa(key.modulus, key.exponent),
                Ok(_) | Err(_) => Err(KeyError::NotPem),
            };
        }
        if *kind == OID_SIG_ED25519 {
            return Self::ed25519(bytes);
        }
        let curve = info.algorithm.parameters.as_ref().and_then(|p| p.as_oid().ok());
        match curve {
            Some(curve) if *kind == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == OID_EC_P256 => Self::p256(bytes),
            Some(curve) if *kind == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == OID_NIST_EC_P384 => {
                Self::p384(bytes)
            }
            Some(_) | None => Err(KeyError::Kind),
        }
    }

    /// # Errors
    /// When the modulus is too short or too long.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let bare = |bytes: &[u8]| bytes.iter().copied().skip_while(|b| *b == 0).collect::<Vec<_>>();
        let modulus = bare(modulus);
        let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
        match RSA_BITS.contains(&bits) {
            true => Ok(Self::Rsa { modulus, exponent: bare(exponent) }),
            false => Err(KeyError::Size),
        }
    }

    /// # Errors
    /// When it is no uncompressed point in size.
    pub(super) fn p256(point: &[u8]) -> Result<Self, KeyError> {
        if is_point(point, 32) { Ok(Self::P256(point.to_vec())) } else { Err(KeyError::NotPem) }
    }

    /// # Errors
    /// When it is no uncompressed point in size.
    pub(super) fn p384(point: &[u8]) -> Result<Self, KeyError> {
        if is_point(point, 48) { Ok(Self::P384(point.to_vec())) } else { Err(KeyError::NotPem) }
    }

    /// # Errors
    /// When it is not 32 bytes.
    pub(super) fn ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() == 32 { Ok(Self::Ed25519(bytes.to_vec())) } else { Err(KeyError::NotPem) }
    }

    /// Whether the owner of this key has signed `message`. An algorithm that is not one of the key's kind has signed
    /// nothing.
    pub(crate) fn has_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let with = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
        };
        match (self, algorithm) {
            (Self::Rsa { modulus, exponent }, _) => rsa_parameters(algorithm).is_some_and(|parameters| {
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(parameters, message, signature).is_ok()
            }),
            (Self::P256(point), Algorithm::Es256) => with(&ring_signature::ECDSA_P256_SHA256_FIXED, point),
            (Self::P384(point), Algorithm::Es384) => with(&ring_signature::ECDSA_P384_SHA384_FIXED, point),
            (Self::Ed25519(key), Algorithm::EdDsa) => with(&ring_signature::ED25519, key),
            (Self::P256(_) | Self::P384(_) | Self::Ed25519(_), _) => false,
        }
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static ring_signature::RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&ring_signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&ring_signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&ring_signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 | Algorithm::EdDsa => None,
    }
}

/// An uncompressed point of a curve whose coordinates have `width` bytes (SEC 1 §2.3.3).
fn is_point(point: &[u8], width: usize) -> bool {
    point.len() == 2 * width + 1 && point[0] == 4
}
