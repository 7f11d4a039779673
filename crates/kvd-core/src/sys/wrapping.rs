//! `sys/wrapping/`: keeping an answer of one's own, opening one, looking at where it came from, handing it on.

use super::routes::{field, route};
use crate::{
    house::House,
    token::TokenState,
    wrapping::{self, Wish, not_valid},
};
use kvd_backend::{Access, Field, FieldKind, Fields, Pattern, Request, Route, RouteTable};
use kvd_types::{
    Fault,
    Operation::{Read, Write},
    Reply, Timestamp,
};
use std::{sync::Arc, time::Duration};

const TOKEN: &[Field] = &[field("token", FieldKind::String, "The wrapping token.")];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    Route {
        pattern: Pattern("wrapping/wrap"),
        operations: &[(Write, |h, r| Box::pin(wrap(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Any,
        summary: "Keeps the body, for whoever gets the wrapping token.",
    },
    route(
        "wrapping/unwrap",
        Access::Token,
        &[(Write, |h, r| Box::pin(unwrap(h, r)))],
        TOKEN,
        "Gives the answer that waits under a wrapping token.",
    ),
    route(
        "wrapping/lookup",
        Access::Open,
        &[(Read, |h, r| Box::pin(lookup(h, r))), (Write, |h, r| Box::pin(lookup(h, r)))],
        TOKEN,
        "Tells where a wrapping token comes from; it stays good.",
    ),
    route(
        "wrapping/rewrap",
        Access::Token,
        &[(Write, |h, r| Box::pin(rewrap(h, r)))],
        TOKEN,
        "Keeps an answer under another token; the old one is no longer good.",
    ),
]);

/// The pipeline wraps the answer, as it does any other.
async fn wrap(_: &House, request: Request<'_>) -> Result<Reply, Fault> {
    match request.call.wrap_ttl {
        Some(ttl) if !ttl.is_zero() => Ok(Reply::data(request.data().text().clone())),
        Some(_) | None => Err(Fault::invalid("endpoint requires response wrapping to be used")),
    }
}

async fn unwrap(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let tokens = &house.unsealed.tokens;
    match third_party(house, request).await? {
        // The pipeline has taken the use off, and revokes the token when this call is done.
        None => wrapping::open(tokens, house.token()?.hash).await,
        Some(state) => {
            tokens.count_use(state.hash).await?.ok_or_else(not_valid)?;
            let reply = wrapping::open(tokens, state.hash).await?;
            tokens.revoke_tree(state.hash).await?;
            Ok(reply)
        }
    }
}

async fn lookup(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let state = wrapping::shown(&house.unsealed.tokens, request.call, request.now).await?;
    let entry = &state.entry;
    Ok(Reply::object(|w| {
        w.key("creation_path");
        w.string(&entry.path);
        w.key("creation_time");
        w.display(Timestamp::from_nanos(entry.created_nanos));
        w.key("creation_ttl");
        w.int(i64::try_from(entry.creation_ttl_seconds).unwrap_or(i64::MAX));
    }))
}

async fn rewrap(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let tokens = &house.unsealed.tokens;
    let old = match third_party(house, request).await? {
        None => Arc::clone(house.token()?),
        Some(state) => {
            tokens.count_use(state.hash).await?.ok_or_else(not_valid)?;
            state
        }
    };
    let wish =
        Wish { ttl: Duration::from_secs(old.entry.creation_ttl_seconds), path: old.entry.path.clone() };
    let info = wrapping::rewrap(tokens, &**request.entropy, request.now, wish, old.hash).await?;
    tokens.revoke_tree(old.hash).await?;
    Ok(Reply { wrap: Some(Box::new(info)), ..Reply::default() })
}

/// The wrapping token in the body; none where the caller's own is meant, of which the pipeline takes care.
async fn third_party(house: &House, request: Request<'_>) -> Result<Option<Arc<TokenState>>, Fault> {
    let tokens = &house.unsealed.tokens;
    match wrapping::in_body(request.call)? {
        Some(token) if tokens.hash(token.expose()) != house.token()?.hash => {
            wrapping::shown(tokens, request.call, request.now).await.map(Some)
        }
        Some(_) | None => Ok(None),
    }
}
