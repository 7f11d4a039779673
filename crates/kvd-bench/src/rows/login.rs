//! Logins: each makes a token, in one commit.

use super::{FEW_AND_MANY, Group, Limit, Prepared, Row};
use crate::{
    connection::{Connection, request},
    load::Requests,
    setup::Server,
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const GROUP: Group = Group { name: "login", rows: &[APPROLE] };

const APPROLE: Row = Row {
    name: "login, AppRole",
    connections: FEW_AND_MANY,
    limit: Limit::Flush,
    audit: false,
    status: 200,
    prepare: |server| approle(server),
};

/// One role with one secret id: the entity is made by the first login, and every later one finds it.
fn approle(server: &Server) -> Prepared<'_> {
    Box::pin(async move {
        let root = &server.root;
        let mut connection = Connection::open(&server.process.address).await?;
        connection.demand("POST", "sys/auth/approle", root, &json!({"type": "approle"})).await?;
        let role = json!({"token_policies": "app", "token_ttl": "1h", "role_id": "bench"});
        connection.demand("POST", "auth/approle/role/bench", root, &role).await?;
        let made = connection.demand("POST", "auth/approle/role/bench/secret-id", root, &Value::Null).await?;
        let shown = json!({"role_id": "bench", "secret_id": made["data"]["secret_id"]});
        let login = request("POST", "auth/approle/login", "", &shown);
        let requests: Requests = Arc::new(move |_| login.clone());
        Ok(requests)
    })
}
