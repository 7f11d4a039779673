//! Making tokens, each of which is on disk when it is answered, and looking them up.

use super::{FEW_AND_MANY, Group, Limit, Prepared, Row};
use crate::{connection::request, load::Requests, setup::Server};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const GROUP: Group = Group { name: "token", rows: &[CREATE, LOOK_UP] };

const CREATE: Row = Row {
    name: "token create",
    connections: FEW_AND_MANY,
    limit: Limit::Flush,
    audit: false,
    status: 200,
    prepare: |server| creates(server),
};

const LOOK_UP: Row =
    Row { name: "token look-up", limit: Limit::Answer, prepare: |server| look_ups(server), ..CREATE };

fn creates(server: &Server) -> Prepared<'_> {
    let body = json!({"policies": ["app"], "ttl": "1h"});
    let create = request("POST", "auth/token/create", &server.root, &body);
    let requests: Requests = Arc::new(move |_| create.clone());
    Box::pin(async move { Ok(requests) })
}

fn look_ups(server: &Server) -> Prepared<'_> {
    let look_up = request("GET", "auth/token/lookup-self", &server.token, &Value::Null);
    let requests: Requests = Arc::new(move |_| look_up.clone());
    Box::pin(async move { Ok(requests) })
}
