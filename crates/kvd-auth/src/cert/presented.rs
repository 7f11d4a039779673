//! The certificate that a caller shows, and what stands in it.

use kvd_types::{Fault, Peer, Timestamp};
use ring::digest;
use rustls_pki_types::CertificateDer;
use std::collections::BTreeMap;
use x509_parser::{
    asn1_rs::Any,
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
    time::ASN1Time,
    x509::AttributeTypeAndValue,
};

/// The certificate of a connection, and those that came along with it.
pub(super) struct Presented {
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    pub(super) facts: Facts,
}

/// What stands in a certificate, as far as rules can be about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) common_name: String,
    pub(super) organizational_units: Vec<String>,
    pub(super) dns_names: Vec<String>,
    pub(super) email_addresses: Vec<String>,
    pub(super) uris: Vec<String>,
    /// In decimal digits.
    pub(super) serial_number: String,
    pub(super) subject_key_id: Vec<u8>,
    pub(super) authority_key_id: Vec<u8>,
    /// The texts of extensions, by OID; an extension that is no text is not there.
    pub(super) extensions: BTreeMap<String, String>,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
}

/// The most certificates beside the caller's own that are looked at.
const MOST_INTERMEDIATES: usize = 8;

impl Presented {
    /// What the other end of a connection has shown.
    ///
    /// # Errors
    /// When it has shown nothing, or nothing that is a certificate.
    pub(super) fn of(peer: &Peer) -> Result<Self, Fault> {
        let none = || Fault::invalid("no client certificate found");
        let (leaf, rest) = peer.certificates.as_deref().and_then(|c| c.split_first()).ok_or_else(none)?;
        let facts = Facts::read(leaf).ok_or_else(none)?;
        let owned = |der: &Vec<u8>| CertificateDer::from(der.clone());
        let intermediates = rest.iter().take(MOST_INTERMEDIATES).map(owned).collect();
        Ok(Self { leaf: owned(leaf), intermediates, facts })
    }

    pub(super) fn leaf(&self) -> &CertificateDer<'static> {
        &self.leaf
    }

    pub(super) fn intermediates(&self) -> &[CertificateDer<'static>] {
        &self.intermediates
    }

    /// Whether it is neither too early nor too late for it.
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        (self.facts.not_before..=self.facts.not_after).contains(&now.seconds())
    }

    /// Names this very certificate, byte by byte.
    pub(super) fn fingerprint(&self) -> String {
        hex::encode(digest::digest(&digest::SHA256, &self.leaf))
    }
}

impl Facts {
    /// What stands in a certificate in DER.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let subject = certificate.subject();
        let text = |attribute: &AttributeTypeAndValue<'_>| attribute.as_str().unwrap_or_default().to_owned();
        let validity = certificate.validity();
        let seconds = |time: ASN1Time| time.timestamp();
        let mut facts = Self {
            // Of several the last one counts, as in Go.
            common_name: subject.iter_common_name().last().map(text).unwrap_or_default(),
            organizational_units: subject.iter_organizational_unit().map(text).collect(),
            serial_number: certificate.serial.to_string(),
            not_before: seconds(validity.not_before),
            not_after: seconds(validity.not_after),
            ..Self::default()
        };
        for extension in certificate.extensions() {
            let parsed = extension.parsed_extension();
            if let ParsedExtension::SubjectAlternativeName(names) = parsed {
                facts.take_names(&names.general_names);
            } else if let ParsedExtension::SubjectKeyIdentifier(id) = parsed {
                facts.subject_key_id = id.0.to_vec();
            } else if let ParsedExtension::AuthorityKeyIdentifier(id) = parsed {
                facts.authority_key_id =
                    id.key_identifier.as_ref().map(|id| id.0.to_vec()).unwrap_or_default();
            }
            if let Some(text) = text_in(extension.value) {
                facts.extensions.insert(extension.oid.to_id_string(), text);
            }
        }
        Some(facts)
    }

    fn take_names(&mut self, names: &[GeneralName<'_>]) {
        for name in names {
            if let GeneralName::DNSName(name) = name {
                self.dns_names.push((*name).to_owned());
            } else if let GeneralName::RFC822Name(name) = name {
                self.email_addresses.push((*name).to_owned());
            } else if let GeneralName::URI(uri) = name {
                self.uris.push((*uri).to_owned());
            }
        }
    }

    /// The id of the key, in pairs of digits.
    pub(super) fn subject_key_id(&self) -> String {
        pairs(&self.subject_key_id)
    }

    /// The id of the issuer's key, in pairs of digits.
    pub(super) fn authority_key_id(&self) -> String {
        pairs(&self.authority_key_id)
    }
}

fn pairs(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|b| hex::encode([*b])).collect();
    pairs.join(":")
}

/// The text that an extension holds, if it holds one and nothing else.
fn text_in(der: &[u8]) -> Option<String> {
    let (rest, any) = Any::from_der(der).ok()?;
    // UTF8String, PrintableString, IA5String and their like (X.680 §8.4).
    let is_text = matches!(any.tag().0, 12 | 18 | 19 | 20 | 22);
    if is_text && rest.is_empty() { std::str::from_utf8(any.data).ok().map(str::to_owned) } else { None }
}
