//! `sys/capabilities`, `sys/capabilities-self` and `sys/capabilities-accessor`.

use super::routes::{field, route};
use crate::{house::House, token::TokenState};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply, Secret};
use std::sync::Arc;

const PATHS: &[Field] = &[
    field("accessor", FieldKind::String, "The accessor of a token."),
    field("path", FieldKind::List, "The old name of paths."),
    field("paths", FieldKind::List, "The paths to look at."),
    field("token", FieldKind::String, "The token."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "capabilities",
        Access::Token,
        &[(Operation::Write, |h, r| Box::pin(of_token(h, r)))],
        PATHS,
        "What a token may do.",
    ),
    route(
        "capabilities-self",
        Access::Token,
        &[(Operation::Write, |h, r| Box::pin(of_own(h, r)))],
        PATHS,
        "What the caller may do.",
    ),
    route(
        "capabilities-accessor",
        Access::Token,
        &[(Operation::Write, |h, r| Box::pin(of_accessor(h, r)))],
        PATHS,
        "What the token with an accessor may do.",
    ),
]);

pub(super) async fn of_token(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let token = Input::new(request.data()).string("token")?.unwrap_or_default();
    if token.is_empty() {
        return Err(Fault::invalid("no token given"));
    }
    let token = Secret::new(token.into_owned());
    match house.unsealed.tokens.present(&token, request.now).await? {
        Some(state) => answer(house, request, &state).await,
        None => Err(Fault::invalid("1 error occurred:\n\t* invalid token\n\n")),
    }
}

pub(super) async fn of_own(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    answer(house, request, house.token()?).await
}

pub(super) async fn of_accessor(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let accessor = Input::new(request.data()).string("accessor")?.unwrap_or_default();
    if accessor.is_empty() {
        return Err(Fault::invalid("missing accessor"));
    }
    match house.unsealed.tokens.by_accessor(&accessor, request.now).await? {
        Some(state) => answer(house, request, &state).await,
        None => Err(Fault::invalid("1 error occurred:\n\t* invalid accessor\n\n")),
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
    if paths.iter().any(String::is_empty) {
        return Err(Fault::invalid("1 error occurred:\n\t* missing path\n\n"));
    }
    let is_single = paths.len() == 1;
    let acl = house.unsealed.policies.acl(state).await?;
    let mut answers: Vec<(String, Vec<&'static str>)> =
        paths.into_iter().map(|path| (path.clone(), acl.capabilities(&path))).collect();
    answers.sort();
    answers.dedup();
    Ok(Reply::doubled(|w| {
        if let [(_, only)] = answers.as_slice()
            && is_single
        {
            w.key("capabilities");
            w.strings(only);
        }
        for (path, capabilities) in &answers {
            w.key(path);
            w.strings(capabilities);
        }
    }))
}
