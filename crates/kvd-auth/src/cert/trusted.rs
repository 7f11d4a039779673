//! Certificates that are trusted, and what their owners get: the record, and who comes by it.

use super::presented::Presented;
use crate::{
    named::Named,
    token_params::{OldName, TokenField, TokenParams},
};
use kvd_types::{Fault, Timestamp};
use rustls_pki_types::{CertificateDer, UnixTime, pem::PemObject};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::{certificate::X509Certificate, prelude::FromDer, time::ASN1Time, x509::X509Version};

/// All trusted certificates.
pub(super) static TRUSTED: Named<Trusted> = Named::new("cert/", "name");

/// The old names of token fields that this method still takes.
pub(super) const OLD_NAMES: &[OldName] = &[
    (TokenField::BoundCidrs, "bound_cidrs"),
    (TokenField::MaxTtl, "max_ttl"),
    (TokenField::Period, "period"),
    (TokenField::Policies, "policies"),
    (TokenField::Ttl, "ttl"),
];

/// What is stored. A list that was never named is none, and shown as such.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Trusted {
    pub(super) certificate: String,
    pub(super) display_name: String,
    pub(super) allowed_common_names: Option<Vec<String>>,
    pub(super) allowed_dns_sans: Option<Vec<String>>,
    pub(super) allowed_email_sans: Option<Vec<String>>,
    pub(super) allowed_metadata_extensions: Option<Vec<String>>,
    pub(super) allowed_names: Option<Vec<String>>,
    pub(super) allowed_organizational_units: Option<Vec<String>>,
    pub(super) allowed_uri_sans: Option<Vec<String>>,
    pub(super) required_extensions: Option<Vec<String>>,
    pub(super) ocsp: Ocsp,
    pub(super) token: TokenParams,
}

/// What is said of OCSP. No server is asked: where one must be, nobody logs in unless that may fail.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ocsp {
    pub(super) ca_certificates: String,
    pub(super) enabled: bool,
    pub(super) fail_open: bool,
    pub(super) query_all_servers: bool,
    pub(super) servers_override: Option<Vec<String>>,
}

/// How a presented certificate comes by a trusted one.
pub(super) enum Trust {
    /// It is the trusted one itself.
    Pinned,
    /// It was issued by it, through the certificates between them; what could have been revoked on the way.
    Issued(Vec<CertificateDer<'static>>),
}

/// The certificates in a PEM text.
pub(super) fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .filter_map(Result::ok)
        .filter(|der| X509Certificate::from_der(der).is_ok())
        .collect()
}

/// Whether a certificate may issue others.
pub(super) fn is_authority(der: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, certificate)| certificate.is_ca())
}

/// Whether an authority itself has issued a certificate of X.509 version 1. These have no extensions, so they say
/// nothing of what they are for, and the library for chains does not take them.
fn is_old_issue(leaf: &CertificateDer<'_>, authority: &CertificateDer<'_>, now: Timestamp) -> bool {
    let (Ok((_, leaf)), Ok((_, authority))) =
        (X509Certificate::from_der(leaf), X509Certificate::from_der(authority))
    else {
        return false;
    };
    let Ok(time) = ASN1Time::from_timestamp(now.seconds()) else { return false };
    let may_sign = authority.key_usage().is_ok_and(|usage| usage.is_none_or(|u| u.value.key_cert_sign()));
    leaf.version() == X509Version::V1
        && leaf.issuer().as_raw() == authority.subject().as_raw()
        && authority.is_ca()
        && may_sign
        && leaf.validity().is_valid_at(time)
        && authority.validity().is_valid_at(time)
        && leaf.verify_signature(Some(authority.public_key())).is_ok()
}

impl Trusted {
    /// How the presented certificate comes by this one, if it does. The first certificate decides: an authority is
    /// trusted for all that it issues, any other one for itself alone, byte by byte (V-070, V-072).
    pub(super) fn trust(&self, presented: &Presented, now: Timestamp) -> Option<Trust> {
        let own = certificates(&self.certificate);
        let first = own.first()?;
        if !is_authority(first) {
            let is_it = first.as_ref() == presented.leaf().as_ref();
            return (is_it && presented.is_valid_at(now)).then_some(Trust::Pinned);
        }
        let authorities: Vec<_> = own.iter().filter(|der| is_authority(der)).collect();
        let anchors: Vec<_> =
            authorities.iter().filter_map(|der| anchor_from_trusted_cert(der).ok()).collect();
        let leaf = match EndEntityCert::try_from(presented.leaf()) {
            Ok(leaf) => leaf,
            Err(webpki::Error::UnsupportedCertVersion) => {
                let issuer = authorities.iter().find(|der| is_old_issue(presented.leaf(), der, now))?;
                return Some(Trust::Issued(vec![(**issuer).clone()]));
            }
            Err(_) => return None,
        };
        let seconds = u64::try_from(now.seconds()).ok()?;
        let path = leaf
            .verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &anchors,
                presented.intermediates(),
                UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
                KeyUsage::client_auth(),
                None,
                None,
            )
            .ok()?;
        let between = path.intermediate_certificates().map(|c| c.der().into_owned());
        let anchor = authorities
            .iter()
            .filter(|der| anchor_from_trusted_cert(der).is_ok_and(|a| a.subject == path.anchor().subject));
        Some(Trust::Issued(between.chain(anchor.map(|der| (**der).clone())).collect()))
    }

    /// Whether a login needs the word of an OCSP server, which is not asked.
    ///
    /// # Errors
    /// When it does.
    pub(super) fn check_ocsp(&self) -> Result<(), Fault> {
        match self.ocsp.enabled && !self.ocsp.fail_open {
            true => Err(Fault::invalid(
                "no chain matching all constraints could be found for this login certificate; additionally got \
                 errors during verification: no OCSP server can be asked",
            )),
            false => Ok(()),
        }
    }
}
