//! `auth/token/lookup`, `lookup-self`, `lookup-accessor` and `accessors`.

use super::{entry::TokenState, named};
use crate::house::House;
use kvd_backend::{Input, Request};
use kvd_json::Writer;
use kvd_types::{Fault, FaultKind, Reply, Timestamp};

/// The token in the body, or the caller's own.
pub(super) async fn any(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let Some(token) = named::token(request)? else { return own(house, request).await };
    match house.unsealed.tokens.present(&token, request.now).await? {
        Some(state) => describe(house, &state, token.expose(), request.now).await,
        None => Err(Fault::new(FaultKind::PermissionDenied, "bad token")),
    }
}

/// The caller's own token.
pub(super) async fn own(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let kvd_types::ClientAuth::Token(token) = &request.call.auth else {
        return Err(Fault::permission_denied());
    };
    describe(house, house.token()?, token.expose(), request.now).await
}

/// The token with an accessor; the token itself is not shown.
pub(super) async fn by_accessor(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let state = named_by_accessor(house, request).await?;
    describe(house, &state, "", request.now).await
}

/// The accessors of all tokens.
pub(super) async fn accessors(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(house.unsealed.tokens.accessors().await?)
}

/// The token whose accessor is in the body.
pub(super) async fn named_by_accessor(
    house: &House,
    request: Request<'_>,
) -> Result<std::sync::Arc<TokenState>, Fault> {
    let accessor = Input::new(request.data()).string("accessor")?.unwrap_or_default();
    if accessor.is_empty() {
        return Err(Fault::invalid("1 error occurred:\n\t* missing accessor\n\n"));
    }
    house
        .unsealed
        .tokens
        .by_accessor(&accessor, request.now)
        .await?
        .ok_or_else(|| Fault::invalid("1 error occurred:\n\t* invalid accessor\n\n"))
}

async fn describe(house: &House, state: &TokenState, id: &str, now: Timestamp) -> Result<Reply, Fault> {
    let of_identity = house.unsealed.identity.policies(&state.entry.entity_id).await?;
    let entry = &state.entry;
    let time = |nanos: i64| Timestamp::from_nanos(nanos);
    Ok(Reply::object(|w| {
        w.key("accessor");
        w.string(&entry.accessor);
        if !entry.bound_cidrs.is_empty() {
            w.key("bound_cidrs");
            w.strings(&entry.bound_cidrs);
        }
        number(w, "creation_time", time(entry.created_nanos).seconds());
        number(w, "creation_ttl", seconds(entry.creation_ttl_seconds));
        w.key("display_name");
        w.string(&entry.display_name);
        w.key("entity_id");
        w.string(&entry.entity_id);
        w.key("expire_time");
        match entry.expires_nanos {
            Some(end) => w.display(time(end)),
            None => w.null(),
        }
        number(w, "explicit_max_ttl", seconds(entry.explicit_max_ttl_seconds));
        if !of_identity.is_empty() {
            w.key("external_namespace_policies");
            w.begin_object();
            w.end_object();
        }
        w.key("id");
        w.string(id);
        if !of_identity.is_empty() {
            w.key("identity_policies");
            w.strings(&of_identity);
        }
        if !entry.from_init {
            w.key("issue_time");
            w.display(time(entry.created_nanos));
        }
        if let Some(renewed) = entry.last_renewal_nanos {
            w.key("last_renewal");
            w.display(time(renewed));
            number(w, "last_renewal_time", time(renewed).seconds());
        }
        w.key("meta");
        match &entry.meta {
            None => w.null(),
            Some(meta) => {
                w.begin_object();
                for (name, value) in meta {
                    w.key(name);
                    w.string(value);
                }
                w.end_object();
            }
        }
        // While the last use runs there is none left.
        number(w, "num_uses", if entry.spent { 0 } else { seconds(entry.num_uses) });
        w.key("orphan");
        w.bool(entry.parent.is_none());
        w.key("path");
        w.string(&entry.path);
        if entry.period_seconds > 0 {
            number(w, "period", seconds(entry.period_seconds));
        }
        w.key("policies");
        w.strings(&entry.policies);
        if !entry.from_init {
            w.key("renewable");
            w.bool(entry.renewable);
        }
        if let Some(role) = &entry.role {
            w.key("role");
            w.string(role);
        }
        number(w, "ttl", seconds(state.remaining_seconds(now)));
        w.key("type");
        w.display(state.kind);
    }))
}

fn number(w: &mut Writer, name: &str, n: i64) {
    w.key(name);
    w.int(n);
}

fn seconds(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
