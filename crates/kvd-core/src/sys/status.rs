//! What a running server tells of itself: nodes, replication, configuration.

use super::routes::route;
use crate::house::House;
use kvd_backend::{Access, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "ha-status",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(nodes(h, r)))],
        &[],
        "The nodes of the cluster.",
    ),
    route(
        "replication/status",
        Access::Open,
        &[(Operation::Read, |_, _| Box::pin(replication()))],
        &[],
        "How this cluster is replicated: not at all.",
    ),
    route(
        "config/state/sanitized",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(configuration(h, r)))],
        &[],
        "The configuration, as far as it may be shown.",
    ),
    route(
        "internal/counters/entities",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(entities(h, r)))],
        &[],
        "How many entities there are.",
    ),
    route(
        "internal/counters/tokens",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(tokens(h, r)))],
        &[],
        "How many service tokens there are.",
    ),
]);

/// One node, which leads.
async fn nodes(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let settings = &house.vault.settings;
    // Linux tells the name here without a call of its own; a machine without it has none to show.
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Ok(Reply::doubled(|w| {
        w.key("nodes");
        w.begin_array();
        w.begin_object();
        w.key("active_node");
        w.bool(true);
        w.key("api_address");
        w.string(&settings.own_address);
        w.key("cluster_address");
        w.string(&settings.cluster_address);
        w.key("hostname");
        w.string(hostname.trim());
        w.key("last_echo");
        w.null();
        w.key("version");
        w.string(&settings.version);
        w.end_object();
        w.end_array();
    }))
}

async fn replication() -> Result<Reply, Fault> {
    Ok(Reply::object(|w| {
        for kind in ["dr", "performance"] {
            w.key(kind);
            w.begin_object();
            w.key("mode");
            w.string("disabled");
            w.end_object();
        }
    }))
}

/// Each field is named here: what a later setting holds is not shown unless somebody decides so.
async fn configuration(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let settings = &house.vault.settings;
    Ok(Reply::object(|w| {
        w.key("api_addr");
        w.string(&settings.api_address);
        w.key("cluster_addr");
        w.string(&settings.cluster_address);
        w.key("default_lease_ttl");
        w.int(configured(settings.default_lease.as_secs()));
        w.key("listeners");
        w.begin_array();
        for listener in &settings.listeners {
            w.begin_object();
            w.key("config");
            w.begin_object();
            w.key("address");
            w.string(&listener.address);
            w.key("tls_disable");
            w.bool(!listener.tls);
            w.end_object();
            w.key("type");
            w.string(&listener.kind);
            w.end_object();
        }
        w.end_array();
        w.key("log_level");
        w.string(&settings.log_level);
        w.key("max_lease_ttl");
        w.int(configured(settings.max_lease.as_secs()));
        w.key("storage");
        w.begin_object();
        w.key("type");
        w.string(settings.storage_type);
        w.end_object();
    }))
}

/// Seconds of a lease time; 0 stands for what holds when nothing is configured, 768 hours.
fn configured(seconds: u64) -> i64 {
    if seconds == 768 * 3600 { 0 } else { i64::try_from(seconds).unwrap_or(i64::MAX) }
}

async fn entities(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    Ok(counter("entities", house.unsealed.identity.count().await?))
}

async fn tokens(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    Ok(counter("service_tokens", house.unsealed.tokens.accessors().await?.len()))
}

fn counter(name: &str, total: usize) -> Reply {
    Reply::object(|w| {
        w.key("counters");
        w.begin_object();
        w.key(name);
        w.begin_object();
        w.key("total");
        w.int(i64::try_from(total).unwrap_or(i64::MAX));
        w.end_object();
        w.end_object();
    })
}
