//! Reads with a token of few and of many policies: the cost is to be the same.

use super::{Group, Limit, Prepared, Row};
use crate::{
    connection::{Connection, request},
    load::Requests,
    setup::{SECRETS, Server},
};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const GROUP: Group = Group { name: "policies", rows: &[ONE, TWENTY, MANY] };

const ONE: Row = Row {
    name: "read, 1 policy",
    connections: &[64],
    limit: Limit::Answer,
    audit: false,
    status: 200,
    prepare: |server| reads(server, 1),
};
const TWENTY: Row = Row { name: "read, 20 policies", prepare: |server| reads(server, 20), ..ONE };
const MANY: Row = Row { name: "read, 200 policies", prepare: |server| reads(server, 200), ..ONE };

fn reads(server: &Server, policies: usize) -> Prepared<'_> {
    Box::pin(async move {
        let mut connection = Connection::open(&server.process.address).await?;
        // The one that lets the reads through, and others that have rules for the same and for other paths.
        let mut names = vec!["app".to_owned()];
        for number in 1..policies {
            let rules = format!(
                "path \"secret/data/other-{number}/*\" {{ capabilities = [\"read\"] }}\n\
                 path \"secret/data/+/item-{number}\" {{ capabilities = [\"list\"] }}\n\
                 path \"kv-{number}/*\" {{ capabilities = [\"read\", \"list\"] }}\n"
            );
            let name = format!("extra-{number}");
            let path = format!("sys/policies/acl/{name}");
            connection.demand("PUT", &path, &server.root, &json!({"policy": rules})).await?;
            names.push(name);
        }
        let wanted = json!({"policies": names, "no_default_policy": true});
        let made = connection.demand("POST", "auth/token/create", &server.root, &wanted).await?;
        let token = made["auth"]["client_token"].as_str().context("no token was made")?.to_owned();
        let requests: Requests = Arc::new(move |number| {
            request("GET", &format!("secret/data/app/{}", number % SECRETS), &token, &Value::Null)
        });
        Ok(requests)
    })
}
