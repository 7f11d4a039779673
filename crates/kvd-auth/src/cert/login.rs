//! `login`: from the client certificate of the connection to a grant, and what becomes of the grant.

use super::{
    Certificates, config, crl,
    presented::Presented,
    trusted::{TRUSTED, Trusted},
};
use crate::cidr;
use kvd_backend::{Input, Outbound, Renewal, Request};
use kvd_storage::{View, ViewTx};
use kvd_types::{Fault, LoginGrant, LoginTimes, Reply, Timestamp};
use std::{collections::BTreeMap, sync::Arc};

fn untrusted() -> Fault {
    Fault::invalid("invalid certificate or no client certificate supplied")
}

/// Looks for what the caller's certificate is trusted by.
pub(super) async fn login(method: &Certificates, request: Request<'_>) -> Result<Reply, Fault> {
    let presented = Presented::of(&request.call.peer)?;
    let wanted = Input::new(request.data()).string("name")?.unwrap_or_default().to_lowercase();
    let (view, now) = (request.view, request.now);
    let (name, trusted) = find(&method.outbound, view, &wanted, &presented, now).await?;
    let address = request.call.peer.address;
    if !cidr::admits(&trusted.token.bound_cidrs, address) {
        return Err(Fault::permission_denied());
    }
    let grant = trusted.token.grant(&trusted.token.bound_cidrs, address)?;
    let metadata = metadata(&name, &trusted, &presented);
    let for_alias = config::find(&**view).await?.enable_identity_alias_metadata;
    Ok(Reply::grant(LoginGrant {
        display_name: trusted.display_name.clone(),
        alias: presented.facts.common_name.clone(),
        alias_metadata: if for_alias { metadata.clone() } else { BTreeMap::new() },
        metadata,
        subject: Subject { name, fingerprint: presented.fingerprint() }.to_string(),
        ..grant
    }))
}

/// What the certificate is trusted by: the first in the order of names, or the one that is asked for.
async fn find(
    outbound: &Arc<dyn Outbound>,
    view: &Arc<dyn View>,
    wanted: &str,
    presented: &Presented,
    now: Timestamp,
) -> Result<(String, Trusted), Fault> {
    let names = match wanted {
        "" => TRUSTED.names(&**view).await?,
        name => vec![name.to_owned()],
    };
    let revoked = crl::load(outbound, view, now).await?;
    let mut refusal = untrusted();
    for name in names {
        let Some(trusted) = TRUSTED.find(&**view, &name).await? else { continue };
        let Some(trust) = trusted.trust(presented, now) else { continue };
        let is_good = trusted.admits(&presented.facts)
            && !crl::is_revoked(&revoked, &presented.facts.serial_number, &trust);
        match (is_good, trusted.check_ocsp()) {
            (true, Ok(())) => return Ok((name, trusted)),
            (true, Err(unasked)) => refusal = unasked,
            (false, _) => {
                refusal = Fault::invalid(
                    "no chain matching all constraints could be found for this login certificate",
                );
            }
        }
    }
    Err(refusal)
}

fn metadata(name: &str, trusted: &Trusted, presented: &Presented) -> BTreeMap<String, String> {
    let facts = &presented.facts;
    let mut metadata = trusted.metadata(facts);
    // What the server itself has found out counts more than what an extension says.
    metadata.extend([
        ("authority_key_id".to_owned(), facts.authority_key_id()),
        ("cert_name".to_owned(), name.to_owned()),
        ("common_name".to_owned(), facts.common_name.clone()),
        ("serial_number".to_owned(), facts.serial_number.clone()),
        ("subject_key_id".to_owned(), facts.subject_key_id()),
    ]);
    metadata
}

/// What a token is renewed by: the name under which its certificate was trusted, and that very certificate.
struct Subject {
    name: String,
    fingerprint: String,
}

impl Subject {
    fn parse(text: &str) -> Option<Self> {
        // Neither part has a colon in it.
        let (name, fingerprint) = text.split_once(':')?;
        Some(Self { name: name.to_owned(), fingerprint: fingerprint.to_owned() })
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.fingerprint)
    }
}

/// What is trusted no longer in the meantime gives no token.
pub(super) fn redeem(
    _: &Certificates,
    grant: &LoginGrant,
    _: Timestamp,
    tx: &mut dyn ViewTx,
) -> Result<(), Fault> {
    let subject = Subject::parse(&grant.subject).ok_or_else(untrusted)?;
    TRUSTED.find_in(tx, &subject.name)?.map(|_| ()).ok_or_else(untrusted)
}

/// A renewal goes by what is trusted at present, and needs the certificate of the login (V-073).
pub(super) async fn renew(method: &Certificates, renewal: Renewal<'_>) -> Result<LoginTimes, Fault> {
    let gone = || Fault::invalid("the certificate is not trusted any more, not renewing");
    let subject = Subject::parse(renewal.subject).ok_or_else(gone)?;
    let trusted = TRUSTED.find(&**renewal.view, &subject.name).await?.ok_or_else(gone)?;
    if !trusted.token.has_policies(renewal.policies) {
        return Err(Fault::invalid("policies have changed, not renewing"));
    }
    if !config::find(&**renewal.view).await?.disable_binding {
        let presented = Presented::of(renewal.peer)?;
        find(&method.outbound, renewal.view, &subject.name, &presented, renewal.now).await?;
        if presented.fingerprint() != subject.fingerprint {
            return Err(Fault::invalid(
                "client identity during renewal not matching client identity used during login",
            ));
        }
    }
    Ok(trusted.token.times())
}
