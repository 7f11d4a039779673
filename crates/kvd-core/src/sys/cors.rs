//! `sys/config/cors`: pages from where may call through a browser.

use super::routes::{field, route};
use crate::house::House;
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};
use serde::{Deserialize, Serialize};

/// What browsers may do, as a door has to enforce it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsSettings {
    /// Off: no door looks at origins.
    pub enabled: bool,
    /// Pages from where may call; `*` alone for everybody's.
    pub allowed_origins: Vec<String>,
    /// Headers that such a page may send, the standard ones included.
    pub allowed_headers: Vec<String>,
    /// Whether the browser may add cookies and client certificates.
    pub allow_credentials: bool,
}

/// Headers that clients of the API send, allowed to every page that may call at all.
const STANDARD_HEADERS: [&str; 10] = [
    "Content-Type",
    "X-Requested-With",
    "X-Vault-AWS-IAM-Server-ID",
    "X-Vault-MFA",
    "X-Vault-No-Request-Forwarding",
    "X-Vault-Wrap-Format",
    "X-Vault-Wrap-TTL",
    "X-Vault-Policy-Override",
    "Authorization",
    "X-Vault-Token",
];

const CORS: &[Field] = &[
    field("allow_credentials", FieldKind::Bool, "Whether the browser may add cookies."),
    field("allowed_headers", FieldKind::List, "Further headers that pages may send."),
    field("allowed_origins", FieldKind::List, "Pages from where may call; * alone for everybody's."),
    field("enable", FieldKind::Bool, "Kept for clients; writing turns it on."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "config/cors",
    Access::Sudo,
    &[
        (Operation::Read, |h, r| Box::pin(read(h, r))),
        (Operation::Write, |h, r| Box::pin(write(h, r))),
        (Operation::Delete, |h, r| Box::pin(delete(h, r))),
    ],
    CORS,
    "Pages from where may call through a browser.",
)]);

async fn read(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let settings = house.unsealed.cors.get();
    Ok(Reply::doubled(|w| {
        if settings.enabled {
            w.key("allow_credentials");
            w.bool(settings.allow_credentials);
            w.key("allowed_headers");
            w.strings(&settings.allowed_headers);
            w.key("allowed_origins");
            w.strings(&settings.allowed_origins);
        }
        w.key("enabled");
        w.bool(settings.enabled);
    }))
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let allowed_origins = input.list("allowed_origins")?.unwrap_or_default();
    if allowed_origins.is_empty() {
        return Err(Fault::invalid("at least one origin or the wildcard must be provided"));
    }
    if allowed_origins.len() > 1 && allowed_origins.iter().any(|o| o == "*") {
        return Err(Fault::invalid(
            "to allow all origins the '*' must be the only value for allowed_origins",
        ));
    }
    let own = input.list("allowed_headers")?.unwrap_or_default();
    let standard = STANDARD_HEADERS.map(str::to_owned);
    let further = own.into_iter().filter(|h| !STANDARD_HEADERS.iter().any(|s| s.eq_ignore_ascii_case(h)));
    let settings = CorsSettings {
        enabled: true,
        allowed_origins,
        allowed_headers: standard.into_iter().chain(further).collect(),
        allow_credentials: input.bool("allow_credentials")?.unwrap_or(false),
    };
    set(house, settings).await
}

async fn delete(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    set(house, CorsSettings::default()).await
}

async fn set(house: &House, settings: CorsSettings) -> Result<Reply, Fault> {
    house.unsealed.cors.edit(|_| Ok(settings.clone())).await?;
    house.vault.cors.publish(settings);
    Ok(Reply::empty())
}
