//! Lists of revoked certificates (RFC 5280 §5): reading them, and holding a chain against them.
//!
//! A certificate counts as revoked when its serial number stands in any list, whoever issued either: a list whose
//! issuer is written a little differently must not let through what it was given to stop.

use super::trusted::Trust;
use crate::named::Named;
use kvd_backend::{Outbound, OutboundCall, Trust as Authorities};
use kvd_storage::View;
use kvd_types::{Fault, Timestamp};
use rustls_pki_types::{CertificateRevocationListDer, pem::PemObject};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use x509_parser::{
    certificate::X509Certificate, prelude::FromDer, revocation_list::CertificateRevocationList,
};

/// All lists.
pub(super) static CRLS: Named<Crl> = Named::new("crl/", "name");

/// How long a list that does not say when the next one comes is good.
const USUAL_LIFE: Duration = Duration::from_secs(24 * 3600);

/// What is stored of a list.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Crl {
    /// Serial numbers in decimal digits.
    pub(super) serials: BTreeSet<String>,
    /// Where it comes from, if it is fetched.
    pub(super) source: Option<Source>,
}

/// Where a list is fetched from.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) url: String,
    pub(super) valid_until_nanos: i64,
}

impl Crl {
    /// Reads a list in PEM or DER, and says until when it is good.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, Option<Timestamp>)> {
        let der = match CertificateRevocationListDer::from_pem_slice(bytes) {
            Ok(der) => der.to_vec(),
            Err(_) => bytes.to_vec(),
        };
        let (rest, list) = CertificateRevocationList::from_der(&der).ok()?;
        let serials = list.iter_revoked_certificates().map(|revoked| revoked.serial().to_string()).collect();
        let until = list.next_update().map(|t| Timestamp::from_seconds(t.timestamp()));
        rest.is_empty().then_some((Self { serials, source: None }, until))
    }

    /// Fetches a list.
    ///
    /// # Errors
    /// When it cannot be had.
    pub(super) async fn fetch(outbound: &dyn Outbound, url: &str, now: Timestamp) -> Result<Self, Fault> {
        let failed = || Fault::invalid("the list of revoked certificates cannot be fetched");
        let answer = outbound.send(OutboundCall::get(url, Authorities::System)).await;
        let answer = answer.ok().filter(|a| a.status == 200).ok_or_else(failed)?;
        let (list, until) = Self::parse(&answer.body).ok_or_else(failed)?;
        let until = until.unwrap_or_else(|| now.plus(USUAL_LIFE));
        Ok(Self { source: Some(Source { url: url.to_owned(), valid_until_nanos: until.nanos() }), ..list })
    }
}

/// All lists, as they are at this moment. One that has run out is fetched again; where that fails nobody logs in.
///
/// # Errors
/// When a list cannot be read or fetched.
pub(super) async fn load(
    outbound: &Arc<dyn Outbound>,
    view: &Arc<dyn View>,
    now: Timestamp,
) -> Result<Vec<Crl>, Fault> {
    let mut lists = Vec::new();
    for name in CRLS.names(&**view).await? {
        let Some(list) = CRLS.find(&**view, &name).await? else { continue };
        let outdated = list.source.as_ref().filter(|s| s.valid_until_nanos < now.nanos());
        lists.push(match outdated {
            Some(source) => {
                let fresh = Crl::fetch(&**outbound, &source.url, now).await?;
                CRLS.replace(&**view, &name, fresh.clone()).await?;
                fresh
            }
            None => list,
        });
    }
    Ok(lists)
}

/// Whether the certificate with that serial number, or one of those it was issued through, is revoked.
pub(super) fn is_revoked(lists: &[Crl], serial: &str, trust: &Trust) -> bool {
    let listed = |serial: &str| lists.iter().any(|list| list.serials.contains(serial));
    let between = match trust {
        Trust::Pinned => &[],
        Trust::Issued(between) => between.as_slice(),
    };
    // What cannot be read cannot be shown to be good.
    let is_listed =
        |der: &[u8]| X509Certificate::from_der(der).map_or(true, |(_, c)| listed(&c.serial.to_string()));
    listed(serial) || between.iter().any(|der| is_listed(der))
}
