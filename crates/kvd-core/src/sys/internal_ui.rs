//! `sys/internal/ui/mounts`: how clients find out which engine is behind a path.

use super::{mount_json, routes::route};
use crate::{
    house::House,
    mount::{Family, Mount, Visibility},
};
use kvd_backend::{Access, Request, RouteTable};
use kvd_json::Writer;
use kvd_policy::Acl;
use kvd_types::{ClientAuth, Fault, FaultKind, Operation, Reply};

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "internal/ui/mounts",
        Access::Open,
        &[(Operation::Read, |h, r| Box::pin(all(h, r)))],
        &[],
        "The mounts that the caller may know of.",
    ),
    route(
        "internal/ui/namespaces",
        Access::Token,
        &[(Operation::Read, |_, _| Box::pin(async { Ok(Reply::object(|_| {})) }))],
        &[],
        "The namespaces below this one: none.",
    ),
    // A route of its own, so that whoever lists it is told alike with a token and without.
    route(
        "internal/ui/mounts/",
        Access::Open,
        &[(Operation::List, |_, _| Box::pin(async { Err(Fault::unsupported_path()) }))],
        &[],
        "Nothing: the mounts are read without the slash.",
    ),
    route(
        "internal/ui/mounts/{path*}",
        Access::Open,
        &[(Operation::Read, |h, r| Box::pin(one(h, r)))],
        &[],
        "The mount that a path is below.",
    ),
]);

/// The mounts that the caller may know of: those shown to everybody, and with a token those below which it has any right.
pub(super) async fn all(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let acl = match house.caller(request).await? {
        Some(state) => Some(house.unsealed.policies.acl(&state).await?),
        // Whoever shows a token that is none is told so, instead of seeing less than they should.
        None if matches!(request.call.auth, ClientAuth::Token(_)) => return Err(Fault::permission_denied()),
        None => None,
    };
    let table = house.unsealed.mounts.table();
    let write = |w: &mut Writer, family| {
        w.begin_object();
        for mount in table.family(family) {
            let shown = mount.record.config.listing_visibility == Some(Visibility::Unauth);
            match &acl {
                Some(acl) if shown || may_know(acl, mount) => {
                    w.key(&mount.record.path);
                    w.raw(mount_json::text(mount, false).value());
                }
                None if shown => {
                    w.key(&mount.record.path);
                    mount_json::write_short(w, mount);
                }
                Some(_) | None => {}
            }
        }
        w.end_object();
    };
    Ok(Reply::object(|w| {
        w.key("auth");
        write(w, Family::Auth);
        w.key("secret");
        write(w, Family::Secrets);
    }))
}

/// The mount that a path is below.
pub(super) async fn one(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let state = house.caller(request).await?.ok_or_else(Fault::permission_denied)?;
    let path = format!("{}/", request.params.get("path").trim_end_matches('/'));
    // Whether there is such a mount is told only to who may know it: both refusals read the same.
    let refused = || {
        let text = format!(
            "preflight capability check returned 403, please ensure client's policies grant access to path {path:?}"
        );
        Fault::new(FaultKind::PermissionDenied, text)
    };
    let acl = house.unsealed.policies.acl(&state).await?;
    let (mount, _) = house.unsealed.mounts.find(&path).ok_or_else(refused)?;
    if !may_know(&acl, &mount) {
        return Err(refused());
    }
    Ok(Reply::data(mount_json::text(&mount, true)))
}

fn may_know(acl: &Acl, mount: &Mount) -> bool {
    acl.is_root() || acl.has_access_below(&mount.info.path)
}
