//! Reads of secrets that were read before.

use super::{FEW_AND_MANY, Group, Limit, Prepared, Row};
use crate::{
    connection::request,
    load::Requests,
    setup::{SECRETS, Server},
};
use serde_json::Value;
use std::sync::Arc;

pub(super) const GROUP: Group =
    Group { name: "read", rows: &[READ, Row { name: "read, file audit", audit: true, ..READ }] };

const READ: Row = Row {
    name: "read",
    connections: FEW_AND_MANY,
    limit: Limit::Answer,
    audit: false,
    status: 200,
    prepare: |server| reads(server),
};

fn reads(server: &Server) -> Prepared<'_> {
    let all: Vec<_> = (0..SECRETS)
        .map(|number| request("GET", &format!("secret/data/app/{number}"), &server.token, &Value::Null))
        .collect();
    let requests: Requests = Arc::new(move |number| {
        let at = usize::try_from(number % SECRETS).unwrap_or(0);
        all.get(at).cloned().unwrap_or_default()
    });
    Box::pin(async move { Ok(requests) })
}
