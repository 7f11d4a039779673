//! `auth/token/revoke`, `revoke-self`, `revoke-accessor` and `revoke-orphan`.

use super::named;
use crate::house::House;
use kvd_backend::{Input, Request};
use kvd_types::{Fault, Reply, Secret, TokenKind};

/// The token in the body, with its children; one that is not there is no error.
pub(super) async fn any(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let token = token_of_body(house, request)?;
    house.unsealed.tokens.revoke_tree(house.unsealed.tokens.hash(token.expose())).await?;
    Ok(Reply::empty())
}

/// The caller's own token, with its children.
pub(super) async fn own(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let state = house.token()?;
    if state.kind == TokenKind::Batch {
        return Err(batch());
    }
    house.unsealed.tokens.revoke_tree(state.hash).await?;
    Ok(Reply::empty())
}

/// The token with an accessor, with its children.
pub(super) async fn by_accessor(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let accessor = Input::new(request.data()).string("accessor")?.unwrap_or_default();
    if accessor.is_empty() {
        return Err(Fault::invalid("1 error occurred:\n\t* missing accessor\n\n"));
    }
    match house.unsealed.tokens.by_accessor(&accessor, request.now).await? {
        Some(state) => {
            house.unsealed.tokens.revoke_tree(state.hash).await?;
            Ok(Reply::empty())
        }
        None => Ok(Reply::empty().warn("No token found with this accessor")),
    }
}

/// The token in the body, without its children.
pub(super) async fn orphan(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    if !house.has_sudo(request).await? {
        return Err(Fault::invalid("root or sudo privileges required to revoke and orphan"));
    }
    let token = token_of_body(house, request)?;
    let hash = house.unsealed.tokens.hash(token.expose());
    if house.unsealed.tokens.by_hash(hash).await?.is_none() {
        return Err(Fault::invalid("token to revoke not found"));
    }
    house.unsealed.tokens.revoke_orphan(hash).await?;
    Ok(Reply::empty())
}

fn token_of_body(house: &House, request: Request<'_>) -> Result<Secret<String>, Fault> {
    let token = named::token(request)?.ok_or_else(|| Fault::invalid("missing token ID"))?;
    match house.unsealed.tokens.batch_token(&token) {
        Some(_) => Err(batch()),
        None => Ok(token),
    }
}

/// Nothing is stored of a batch token, so there is nothing that could be taken away.
fn batch() -> Fault {
    Fault::invalid("batch tokens cannot be revoked")
}
