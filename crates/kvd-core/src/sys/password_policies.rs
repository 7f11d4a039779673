//! `sys/policies/password`: rules for passwords, and passwords that follow them.

use super::{
    password::PasswordPolicy,
    routes::{field, route},
};
use crate::{fault, house::House, seal::views};
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_storage::{Page, Slot, Table, View, ViewError, transact};
use kvd_types::{Fault, FaultKind, Operation, Reply};
use std::sync::Arc;

const POLICY: &[Field] =
    &[field("policy", FieldKind::String, "The length and the rules, or base64 of them.")];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "policies/password",
        Access::Token,
        &[(Operation::List, |h, r| Box::pin(list(h, r)))],
        &[],
        "The names of all password policies.",
    ),
    route(
        "policies/password/{name}",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r))),
            (Operation::Write, |h, r| Box::pin(write(h, r))),
            (Operation::Delete, |h, r| Box::pin(delete(h, r))),
        ],
        POLICY,
        "One password policy.",
    ),
    route(
        "policies/password/{name}/generate",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(generate(h, r)))],
        &[],
        "A password that follows the policy.",
    ),
]);

const FOLDER: &str = "password/";

fn slot(name: &str) -> Slot<'_> {
    Slot { table: Table::System, folder: FOLDER, name, version: 0 }
}

fn view(house: &House) -> Arc<dyn View> {
    views::system(&house.unsealed.barrier, views::POLICIES)
}

async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let names = view(house).list(Table::System, FOLDER, Page::default()).await;
    Reply::listing(names.map_err(fault::storage)?)
}

async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let text = text(house, request).await?;
    Ok(Reply::object(|w| {
        w.key("policy");
        w.string(&text);
    }))
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let given = Input::new(request.data()).string("policy")?.unwrap_or_default();
    if given.is_empty() {
        return Err(refused("missing policy"));
    }
    let decoded = STANDARD.decode(given.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = decoded.unwrap_or_else(|| given.into_owned());
    PasswordPolicy::parse(&text).map_err(|e| refused(&e.to_string()))?;
    let name = request.params.get("name").to_owned();
    transact(&*view(house), move |tx| tx.put(slot(&name), text.as_bytes()).map(|_| ()))
        .await
        .map_err(fault::storage)?;
    Ok(Reply::empty())
}

async fn delete(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = request.params.get("name").to_owned();
    transact(&*view(house), move |tx| {
        tx.delete(slot(&name));
        Ok::<_, ViewError>(())
    })
    .await
    .map_err(fault::storage)?;
    Ok(Reply::empty())
}

async fn generate(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let text = text(house, request).await?;
    // It was checked when it was written, so it only fails if the record has changed since.
    let policy = PasswordPolicy::parse(&text).map_err(Fault::internal)?;
    let password = policy.generate(&**request.entropy).map_err(fault::entropy)?;
    Ok(Reply::object(|w| {
        w.key("password");
        w.string(password.expose());
    }))
}

async fn text(house: &House, request: Request<'_>) -> Result<String, Fault> {
    let found = view(house).get(slot(request.params.get("name"))).await.map_err(fault::storage)?;
    let found = found
        .ok_or_else(|| Fault::new(FaultKind::NotFound, "1 error occurred:\n\t* policy does not exist\n\n"))?;
    String::from_utf8(found.plain.expose().to_vec())
        .map_err(|_| fault::storage(ViewError::Malformed { what: "password policies" }))
}

fn refused(why: &str) -> Fault {
    Fault::invalid(format!("1 error occurred:\n\t* {why}\n\n"))
}
