//! The same work beside a thousand secrets and beside a million.

use super::{Group, Limit, Row};
use crate::{
    connection::request,
    fill::fill,
    load::Requests,
    setup::{SECRETS, Server},
};
use anyhow::Result;
use serde_json::{Value, json};
use std::sync::Arc;

/// Secrets that are added, and the folders that they are spread over.
const MANY: u64 = 1_000_000;
const FOLDERS: u64 = 1000;

pub(super) const GROUP: Group = Group {
    name: "growth",
    rows: &[
        Row { name: "read, 1,000 secrets", prepare: |server| Box::pin(reads(server, false)), ..ROW },
        Row { name: "read, 1,000,000 secrets", prepare: |server| Box::pin(reads(server, true)), ..ROW },
        Row { name: "read, any of 1,000,000", prepare: |server| Box::pin(reads_of_all(server)), ..ROW },
        Row {
            name: "list, 1,000 folders",
            connections: &[1],
            prepare: |server| Box::pin(lists_folders(server)),
            ..ROW
        },
    ],
};

const ROW: Row = Row {
    name: "",
    connections: &[64],
    limit: Limit::Answer,
    audit: false,
    status: 200,
    prepare: |server| Box::pin(reads(server, false)),
};

fn path(number: u64) -> String {
    format!("app/many/f{:03}/s{number:07}", number % FOLDERS)
}

/// Reads the secrets that every server has, after the others were added if it is to be `beside_many`.
async fn reads(server: &Server, beside_many: bool) -> Result<Requests> {
    if beside_many {
        let token = server.root.clone();
        let write = move |number| {
            let body = json!({ "data": { "n": number, "value": "x".repeat(200) } });
            request("POST", &format!("secret/data/{}", path(number)), &token, &body)
        };
        fill(server, MANY, write).await?;
    }
    let token = server.token.clone();
    Ok(Arc::new(move |number| {
        request("GET", &format!("secret/data/app/{}", number % SECRETS), &token, &Value::Null)
    }))
}

/// Any secret as likely as any other, which no cache can hold.
async fn reads_of_all(server: &Server) -> Result<Requests> {
    let token = server.token.clone();
    Ok(Arc::new(move |number| {
        let any = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % MANY;
        request("GET", &format!("secret/data/{}", path(any)), &token, &Value::Null)
    }))
}

async fn lists_folders(server: &Server) -> Result<Requests> {
    let list = request("LIST", "secret/metadata/app/many", &server.root, &Value::Null);
    Ok(Arc::new(move |_| list.clone()))
}
