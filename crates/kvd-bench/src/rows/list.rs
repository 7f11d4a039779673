//! Listings of folders with few and with many names.

use super::{Group, Limit, Row};
use crate::{connection::request, fill::fill, load::Requests, setup::Server};
use anyhow::Result;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const GROUP: Group = Group {
    name: "list",
    rows: &[
        Row { name: "list, 10 names", prepare: |server| Box::pin(lists(server, 10)), ..ROW },
        Row { name: "list, 10,000 names", prepare: |server| Box::pin(lists(server, 10_000)), ..ROW },
        Row {
            name: "list, 10,000 names, changed",
            prepare: |server| Box::pin(changes(server, 10_000)),
            ..ROW
        },
        Row { name: "list, 100,000 names", prepare: |server| Box::pin(lists(server, 100_000)), ..ROW },
        Row { name: "list, 1,000,000 names", prepare: |server| Box::pin(lists(server, 1_000_000)), ..ROW },
        Row { name: "list, 100 of 1,000,000", prepare: |server| Box::pin(pages(server, 1_000_000)), ..ROW },
        Row {
            name: "list, 10 names, audit",
            audit: true,
            prepare: |server| Box::pin(again(server, 10)),
            ..ROW
        },
        Row {
            name: "list, 10,000 names, audit",
            audit: true,
            prepare: |server| Box::pin(again(server, 10_000)),
            ..ROW
        },
    ],
};

const ROW: Row = Row {
    name: "",
    connections: &[1],
    limit: Limit::Answer,
    audit: false,
    status: 200,
    prepare: |server| Box::pin(lists(server, 10)),
};

/// Lists a folder that is filled first.
async fn lists(server: &Server, names: u64) -> Result<Requests> {
    let token = server.root.clone();
    fill(server, names, move |number| write(&token, names, number)).await?;
    again(server, names).await
}

/// Lists a folder that was filled for another row.
async fn again(server: &Server, names: u64) -> Result<Requests> {
    let list = request("LIST", &format!("secret/metadata/list-{names}"), &server.root, &Value::Null);
    Ok(Arc::new(move |_| list.clone()))
}

/// Every other request adds a name, so that no listing can be as the last one; a listing costs about twice the figure.
async fn changes(server: &Server, names: u64) -> Result<Requests> {
    let token = server.root.clone();
    let list = request("LIST", &format!("secret/metadata/list-{names}"), &token, &Value::Null);
    Ok(Arc::new(
        move |number| {
            if number % 2 == 0 { write(&token, names, 1_000_000 + number) } else { list.clone() }
        },
    ))
}

/// A page from somewhere in a folder that was filled for another row.
async fn pages(server: &Server, names: u64) -> Result<Requests> {
    let token = server.root.clone();
    Ok(Arc::new(move |number| {
        let after = number * 7_919 % names;
        let path = format!("secret/metadata/list-{names}?after=n{after:07}&limit=100");
        request("LIST", &path, &token, &Value::Null)
    }))
}

fn write(token: &str, names: u64, number: u64) -> Vec<u8> {
    request(
        "POST",
        &format!("secret/data/list-{names}/n{number:07}"),
        token,
        &json!({ "data": { "n": number } }),
    )
}
