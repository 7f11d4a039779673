//! Reads and writes of secrets with few and with many versions: the number must make no difference.

use super::{Group, Limit, Row};
use crate::{
    connection::request,
    fill::fill,
    load::Requests,
    setup::{self, Server},
};
use anyhow::Result;
use serde_json::{Value, json};
use std::sync::Arc;

/// Secrets of each length of history.
const KEYS: u64 = 16;

pub(super) const GROUP: Group = Group {
    name: "versions",
    rows: &[
        Row { name: "read, 1 version", prepare: |server| Box::pin(reads(server, 1)), ..ROW },
        Row { name: "read, 10 versions", prepare: |server| Box::pin(reads(server, 10)), ..ROW },
        Row { name: "read, 1,000 versions", prepare: |server| Box::pin(reads(server, 1000)), ..ROW },
        Row { name: "write, 1 version", prepare: |server| Box::pin(writes(server, 1)), ..ROW },
        Row { name: "write, 10 versions", prepare: |server| Box::pin(writes(server, 10)), ..ROW },
        Row { name: "write, 1,000 versions", prepare: |server| Box::pin(writes(server, 1000)), ..ROW },
    ],
};

const ROW: Row = Row {
    name: "",
    connections: &[64],
    limit: Limit::Answer,
    audit: false,
    status: 200,
    prepare: |server| Box::pin(reads(server, 1)),
};

async fn reads(server: &Server, versions: u64) -> Result<Requests> {
    history(server, versions).await?;
    let token = server.token.clone();
    Ok(Arc::new(move |number| request("GET", &path(versions, number), &token, &Value::Null)))
}

/// Each write adds a version and takes the oldest one away.
async fn writes(server: &Server, versions: u64) -> Result<Requests> {
    history(server, versions).await?;
    let (token, secret) = (server.token.clone(), setup::secret());
    Ok(Arc::new(move |number| request("POST", &path(versions, number), &token, &secret)))
}

fn path(versions: u64, number: u64) -> String {
    format!("secret/data/app/kept-{versions}/{}", number % KEYS)
}

/// Secrets that keep so many versions, and have them.
async fn history(server: &Server, versions: u64) -> Result<()> {
    let (token, secret) = (server.root.clone(), setup::secret());
    let limit = json!({ "max_versions": versions });
    let settings = move |number| {
        request("POST", &path(versions, number).replace("/data/", "/metadata/"), &token, &limit)
    };
    fill(server, KEYS, settings).await?;
    let token = server.root.clone();
    fill(server, KEYS * versions, move |number| request("POST", &path(versions, number), &token, &secret))
        .await
}
