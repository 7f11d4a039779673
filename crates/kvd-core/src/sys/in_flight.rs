//! `sys/in-flight-req`: the calls that are under way.

use super::routes::route;
use crate::{house::House, in_flight::Flight, vault::Inner};
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_backend::{Access, RouteTable};
use kvd_types::{Operation, Reply};
use sha2::{Digest, Sha256};

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "in-flight-req",
    Access::Token,
    &[(Operation::Read, |h, _| Box::pin(async move { Ok(read(&h.vault)) }))],
    &[],
    "The calls that are under way.",
)]);

/// The calls that are under way; also where a listener opens them to all, whether sealed or not.
pub(crate) fn read(vault: &Inner) -> Reply {
    Reply::bare(|w| {
        for flight in vault.in_flight.all() {
            w.key(&flight.id().to_string());
            w.begin_object();
            if let Some(client) = client(&flight) {
                w.key("client_id");
                w.string(&client);
            }
            w.key("client_remote_address");
            w.string(&flight.peer());
            w.key("request_method");
            w.string(flight.method());
            w.key("request_path");
            w.string(&flight.path());
            w.key("start_time");
            w.display(flight.began());
            w.end_object();
        }
    })
}

/// The entity, or for tokens without one what all tokens with the same policies have in common, as in Vault. None as
/// long as the caller is not known.
fn client(flight: &Flight) -> Option<String> {
    let token = flight.token.as_ref()?;
    if !token.caller.entity_id.is_empty() {
        return Some(token.caller.entity_id.clone());
    }
    let policies = token.entry.policies.join("\u{1f}");
    Some(STANDARD.encode(Sha256::digest(policies.as_bytes())))
}
