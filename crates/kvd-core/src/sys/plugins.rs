//! `sys/plugins/catalog`: the engines that are built in, in the form in which tools ask for plugins.

use super::{mount_json::ENGINE_VERSION, routes::route};
use crate::house::House;
use kvd_backend::{Access, Request, RouteTable};
use kvd_json::Writer;
use kvd_types::{Fault, Operation, Reply};

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "plugins/catalog",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(all(h, r))), (Operation::List, |h, r| Box::pin(all(h, r)))],
        &[],
        "All engines.",
    ),
    route(
        "plugins/catalog/{type}",
        Access::Sudo,
        &[(Operation::List, |h, r| Box::pin(of_type(h, r)))],
        &[],
        "The engines of a type.",
    ),
    route(
        "plugins/catalog/{type}/{name}",
        Access::Sudo,
        &[(Operation::Read, |h, r| Box::pin(one(h, r)))],
        &[],
        "One engine.",
    ),
]);

/// The names of the engines that can be mounted as secrets engines.
fn secrets(house: &House) -> Vec<&'static str> {
    house.vault.registry.kinds().collect()
}

/// The names of a type; none for a type that there is not.
fn names(house: &House, kind: &str) -> Option<Vec<&'static str>> {
    match kind {
        "secret" => Some(secrets(house)),
        "auth" => {
            let mut names: Vec<_> = house.vault.registry.auth_kinds().chain(["token"]).collect();
            names.sort_unstable();
            Some(names)
        }
        "database" => Some(Vec::new()),
        _ => None,
    }
}

async fn all(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    Ok(Reply::object(|w| {
        for kind in ["auth", "database"] {
            w.key(kind);
            w.strings(names(house, kind).unwrap_or_default());
        }
        w.key("detailed");
        w.begin_array();
        for kind in ["auth", "secret"] {
            for name in names(house, kind).unwrap_or_default() {
                w.begin_object();
                w.key("builtin");
                w.bool(true);
                write_engine(w, name);
                w.key("type");
                w.string(kind);
                w.key("version");
                w.string(ENGINE_VERSION);
                w.end_object();
            }
        }
        w.end_array();
        w.key("secret");
        w.strings(secrets(house));
    }))
}

async fn of_type(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let names = names(house, request.params.get("type")).ok_or_else(Fault::unsupported_operation)?;
    Ok(Reply::object(|w| {
        w.key("keys");
        w.strings(names);
    }))
}

async fn one(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = request.params.get("name");
    let known = names(house, request.params.get("type")).is_some_and(|names| names.contains(&name));
    if !known {
        return Err(Fault::absent());
    }
    Ok(Reply::object(|w| {
        w.key("args");
        w.begin_array();
        w.end_array();
        w.key("builtin");
        w.bool(true);
        w.key("command");
        w.string("");
        write_engine(w, name);
        w.key("sha256");
        w.string("");
        w.key("version");
        w.string(ENGINE_VERSION);
    }))
}

fn write_engine(w: &mut Writer, name: &str) {
    w.key("deprecation_status");
    w.string("supported");
    w.key("name");
    w.string(name);
}
