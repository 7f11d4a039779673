//! `sys/locked-users`: who is locked out after too many failed logins, and how to let them in again.

use super::routes::{field, route};
use crate::{house::House, mount::Family};
use kvd_backend::{Access, FieldKind, Input, Request, RouteTable};
use kvd_json::Writer;
use kvd_types::{Fault, Operation, Reply};

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "locked-users",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(read(h, r)))],
        &[field("mount_accessor", FieldKind::String, "The accessor of the only auth mount to look at.")],
        "The names that are locked out.",
    ),
    route(
        "locked-users/{accessor}/unlock/{name*}",
        Access::Token,
        &[(Operation::Write, |h, r| Box::pin(unlock(h, r)))],
        &[],
        "Forgets the failed logins with a name.",
    ),
]);

/// The locked names of one mount.
struct Locked {
    accessor: String,
    names: Vec<String>,
}

async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let only = Input::new(request.data()).string("mount_accessor")?.unwrap_or_default();
    let mut locked = Vec::new();
    for mount in house.unsealed.mounts.table().family(Family::Auth) {
        if only.is_empty() || mount.record.accessor == *only {
            let names = mount.locked(request.now).await?;
            locked.push(Locked { accessor: mount.record.accessor.clone(), names });
        }
    }
    if only.is_empty() {
        locked.retain(|mount| !mount.names.is_empty());
    } else if locked.is_empty() {
        // Of a mount that is not there nobody is locked.
        locked.push(Locked { accessor: only.into_owned(), names: Vec::new() });
    }
    Ok(show(&locked))
}

fn show(locked: &[Locked]) -> Reply {
    let total: usize = locked.iter().map(|mount| mount.names.len()).sum();
    Reply::object(|w| {
        w.key("by_namespace");
        w.begin_array();
        w.begin_object();
        count(w, "counts", total);
        w.key("mount_accessors");
        w.begin_array();
        for mount in locked {
            w.begin_object();
            w.key("alias_identifiers");
            w.strings(&mount.names);
            count(w, "counts", mount.names.len());
            w.key("mount_accessor");
            w.string(&mount.accessor);
            w.end_object();
        }
        w.end_array();
        w.key("namespace_id");
        w.string("root");
        w.key("namespace_path");
        w.string("");
        w.end_object();
        w.end_array();
        count(w, "total", total);
    })
}

fn count(w: &mut Writer, name: &str, n: usize) {
    w.key(name);
    w.int(i64::try_from(n).unwrap_or(i64::MAX));
}

async fn unlock(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let table = house.unsealed.mounts.table();
    let accessor = request.params.get("accessor");
    if let Some(mount) = table.family(Family::Auth).find(|mount| mount.record.accessor == accessor) {
        mount.unlock(request.params.get("name")).await?;
    }
    Ok(Reply::empty())
}
