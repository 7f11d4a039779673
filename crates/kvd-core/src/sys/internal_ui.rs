//! `sys/internal/ui/mounts`: how clients find out which engine is behind a path.

use super::{mount_json, routes::route};
use crate::{
    house::House,
    mount::{Family, Mount, Visibility},
    token::TokenState,
};
use kvd_backend::{Access, Request, RouteTable};
use kvd_json::Writer;
use kvd_policy::Acl;
use kvd_types::{ClientAuth, Fault, FaultKind, Operation, Reply};
use std::sync::Arc;

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
        "internal/ui/mounts/{path*}",
        Access::Open,
        &[(Operation::Read, |h, r| Box::pin(one(h, r)))],
        &[],
        "The mount that a path is below.",
    ),
]);

/// The mounts that the caller may know of: those shown to everybody, and with a token those below which it has any right.
pub(super) async fn all(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let acl = match caller(house, request).await? {
        Some(state) => Some(house.unsealed.policies.acl(&state).await?),
        None => None,
    };
    let table = house.unsealed.mounts.table();
    let write = |w: &mut Writer, family| {
        w.begin_object();
        for mount in table.family(family) {
            if acl.as_ref().is_some_and(|acl| may_know(acl, mount)) {
                w.key(&mount.record.path);
                w.raw(mount_json::text(mount, false).value());
            } else if mount.record.config.listing_visibility == Some(Visibility::Unauth) {
                w.key(&mount.record.path);
                mount_json::write_short(w, mount);
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
    let state = caller(house, request).await?.ok_or_else(Fault::permission_denied)?;
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

/// Both calls are open to all, so a token that came along has not been looked at yet. It counts no use here.
async fn caller(house: &House, request: Request<'_>) -> Result<Option<Arc<TokenState>>, Fault> {
    let ClientAuth::Token(token) = &request.call.auth else { return Ok(None) };
    let state = house.unsealed.tokens.present(token, request.now).await?;
    Ok(state.filter(|s| s.may_come_from(request.call.peer.address)))
}
