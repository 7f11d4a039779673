//! `crls/{name}`: lists of revoked certificates, given or fetched.

use super::{
    Certificates,
    crl::{CRLS, Crl},
};
use kvd_backend::{Input, Request};
use kvd_types::{Fault, Reply, Timestamp};

fn no_such(name: &str) -> Fault {
    Fault::invalid(format!("no such CRL {name}"))
}

/// The serial numbers of a list, and where it comes from.
pub(super) async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    let name = CRLS.name(&request)?;
    let list = CRLS.find(&**request.view, &name).await?.ok_or_else(|| no_such(&name))?;
    Ok(Reply::object(|w| {
        if let Some(source) = &list.source {
            w.key("cdp");
            w.begin_object();
            w.key("url");
            w.string(&source.url);
            w.key("valid_until");
            w.display(Timestamp::from_nanos(source.valid_until_nanos));
            w.end_object();
        }
        if !list.serials.is_empty() {
            w.key("serials");
            w.begin_object();
            for serial in &list.serials {
                w.key(serial);
                w.begin_object();
                w.end_object();
            }
            w.end_object();
        }
    }))
}

/// Takes a list, or the address of one, which is fetched at once.
pub(super) async fn write(method: &Certificates, request: Request<'_>) -> Result<Reply, Fault> {
    let (input, name) = (Input::new(request.data()), CRLS.name(&request)?);
    let list = match (input.string("crl")?, input.string("url")?) {
        (Some(text), _) => {
            Crl::parse(text.as_bytes())
                .ok_or_else(|| {
                    Fault::invalid(
                        "failed to parse CRL: neither PEM nor DER of a list of revoked certificates",
                    )
                })?
                .0
        }
        (None, Some(url)) if url.is_empty() => return Err(Fault::invalid("empty CRL url")),
        (None, Some(url)) => Crl::fetch(&*method.outbound, &url, request.now).await?,
        (None, None) => return Err(Fault::invalid("one of 'crl' or 'url' must be provided")),
    };
    CRLS.replace(&**request.view, &name, list).await?;
    Ok(Reply::empty())
}

/// Forgets a list.
pub(super) async fn delete(request: Request<'_>) -> Result<Reply, Fault> {
    let name = CRLS.name(&request)?;
    match CRLS.find(&**request.view, &name).await? {
        Some(_) => CRLS.delete(request).await,
        None => Err(no_such(&name)),
    }
}
