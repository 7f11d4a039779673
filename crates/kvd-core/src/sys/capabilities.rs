//! `sys/capabilities`, `sys/capabilities-self` and `sys/capabilities-accessor`.

use crate::{house::House, token::TokenState};
use kvd_backend::{Input, Request};
use kvd_types::{Fault, Reply, Secret};
use std::sync::Arc;

pub(super) async fn of_token(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let token = Input::new(request.data()).string("token")?.unwrap_or_default();
    if token.is_empty() {
        return Err(Fault::invalid("no token given"));
    }
    let token = Secret::new(token.into_owned());
    match house.unsealed.tokens.present(&token, request.now).await? {
        Some(state) => answer(house, request, &state).await,
        None => Err(Fault::invalid("invalid token")),
    }
}

pub(super) async fn of_own(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    answer(house, request, house.token()?).await
}

pub(super) async fn of_accessor(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let accessor = Input::new(request.data()).string("accessor")?.unwrap_or_default();
    if accessor.is_empty() {
        return Err(Fault::invalid("no accessor given"));
    }
    match house.unsealed.tokens.by_accessor(&accessor, request.now).await? {
        Some(state) => answer(house, request, &state).await,
        None => Err(Fault::invalid("invalid accessor")),
    }
}

async fn answer(house: &House, request: Request<'_>, state: &Arc<TokenState>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let mut paths = input.list("paths")?.unwrap_or_default();
    if paths.is_empty() {
        paths = input.list("path")?.unwrap_or_default();
    }
    if paths.is_empty() {
        return Err(Fault::invalid("paths must be supplied"));
    }
    let acl = house.unsealed.policies.acl(state).await?;
    let mut answers: Vec<(String, Vec<&'static str>)> =
        paths.into_iter().map(|path| (path.clone(), acl.capabilities(&path))).collect();
    answers.sort();
    answers.dedup();
    Ok(Reply::doubled(|w| {
        if let [(_, only)] = answers.as_slice() {
            w.key("capabilities");
            w.strings(only);
        }
        for (path, capabilities) in &answers {
            w.key(path);
            w.strings(capabilities);
        }
    }))
}
