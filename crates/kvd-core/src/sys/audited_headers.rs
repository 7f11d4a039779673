//! `sys/config/auditing/request-headers`: which request headers audit lines show.

use super::routes::{field, route};
use crate::house::House;
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_json::Writer;
use kvd_types::{Fault, Operation, Reply};

const HEADER: &[Field] = &[field("hmac", FieldKind::Bool, "Whether the value is hidden.")];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "config/auditing/request-headers",
        Access::Sudo,
        &[(Operation::Read, |h, r| Box::pin(list(h, r)))],
        &[],
        "The request headers that audit lines show.",
    ),
    route(
        "config/auditing/request-headers/{header}",
        Access::Sudo,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r))),
            (Operation::Write, |h, r| Box::pin(write(h, r))),
            (Operation::Delete, |h, r| Box::pin(delete(h, r))),
        ],
        HEADER,
        "One request header that audit lines show.",
    ),
]);

async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let headers = house.unsealed.audit.headers();
    Ok(Reply::doubled(|w| {
        w.key("headers");
        w.begin_object();
        for (name, hidden) in &headers.0 {
            write_header(w, name, *hidden);
        }
        w.end_object();
    }))
}

/// One header, under the name that was asked for.
async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let asked = request.params.get("header");
    let headers = house.unsealed.audit.headers();
    let hidden = headers.0.get(&asked.to_ascii_lowercase()).copied();
    let hidden = hidden.ok_or_else(|| Fault::invalid("Could not find header in config"))?;
    Ok(Reply::doubled(|w| write_header(w, asked, hidden)))
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = request.params.get("header").to_ascii_lowercase();
    let hidden = Input::new(request.data()).bool("hmac")?.unwrap_or(false);
    house
        .unsealed
        .audit
        .set_headers(|headers| {
            headers.0.insert(name, hidden);
        })
        .await?;
    Ok(Reply::empty())
}

async fn delete(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = request.params.get("header").to_ascii_lowercase();
    house
        .unsealed
        .audit
        .set_headers(|headers| {
            headers.0.remove(&name);
        })
        .await?;
    Ok(Reply::empty())
}

fn write_header(w: &mut Writer, name: &str, hidden: bool) {
    w.key(name);
    w.begin_object();
    w.key("hmac");
    w.bool(hidden);
    w.end_object();
}
