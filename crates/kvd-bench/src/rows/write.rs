//! Writes of new secrets and of further versions.

use super::{FEW_AND_MANY, Group, Limit, Prepared, Row};
use crate::{
    connection::request,
    load::Requests,
    setup::{self, SECRETS, Server},
};
use std::sync::Arc;

pub(super) const GROUP: Group = Group { name: "write", rows: &[NEW, AGAIN] };

const NEW: Row = Row {
    name: "write",
    connections: FEW_AND_MANY,
    limit: Limit::Flush,
    audit: false,
    status: 200,
    prepare: |server| writes(server, |number| format!("secret/data/app/new-{number}")),
};

const AGAIN: Row = Row {
    name: "write, next version",
    prepare: |server| writes(server, |number| format!("secret/data/app/{}", number % SECRETS)),
    ..NEW
};

fn writes(server: &Server, path: fn(u64) -> String) -> Prepared<'_> {
    let (token, secret) = (server.token.clone(), setup::secret());
    let requests: Requests = Arc::new(move |number| request("POST", &path(number), &token, &secret));
    Box::pin(async move { Ok(requests) })
}
