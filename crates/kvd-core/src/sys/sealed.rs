//! The calls that are answered whether the vault is sealed or not, without a token.

use super::{in_flight, metrics};
use crate::{
    seal::{self, InitRequest, Status},
    vault::Inner,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::BoxFuture;
use kvd_json::{Kind, Value, Writer};
use kvd_types::{Call, Fault, FaultKind, Operation, Reply, Secret, Status as ReplyStatus};
use std::sync::Arc;

/// The answer to `call` if it is one of these; none if it has to go through the gate.
pub(crate) fn answer<'c>(
    vault: &'c Arc<Inner>,
    call: &'c Call,
) -> Option<BoxFuture<'c, Result<Reply, Fault>>> {
    use Operation::{Header, Read, Write};
    let path = call.path.as_str();
    // A listing is asked of a folder, and these are none: they answer all the same, with a refusal.
    let path = if call.operation.is_listing() { path.trim_end_matches('/') } else { path };
    Some(match (path, call.operation) {
        ("sys/health", Read | Header) => Box::pin(health(vault, call)),
        ("sys/seal-status", Read) => Box::pin(async { seal_status(vault).await }),
        ("sys/init", Read) => Box::pin(async { is_initialized(vault).await }),
        ("sys/init", Write) => Box::pin(init(vault, call)),
        ("sys/unseal", Write) => Box::pin(unseal(vault, call)),
        ("sys/leader", Read) => Box::pin(async { Ok(leader()) }),
        // Help is for those who may have it, like that of every other path.
        (_, Operation::Help) => return None,
        ("sys/health" | "sys/seal-status" | "sys/init" | "sys/unseal" | "sys/leader", _) => {
            Box::pin(async { Err(Fault { public: Vec::new(), ..Fault::unsupported_operation() }) })
        }
        ("sys/seal" | "sys/step-down", operation) if operation != Write => {
            Box::pin(async { Err(Fault { public: Vec::new(), ..Fault::unsupported_operation() }) })
        }
        ("sys/metrics", Read) if call.opened.metrics => Box::pin(async { metrics::read(vault, call) }),
        ("sys/in-flight-req", Read) if call.opened.in_flight => {
            Box::pin(async { Ok(in_flight::read(vault)) })
        }
        ("sys/metrics", operation) if operation != Read => {
            Box::pin(async { Err(Fault { public: Vec::new(), ..Fault::unsupported_operation() }) })
        }
        // Sealing what is sealed changes nothing, so nobody has to be asked.
        ("sys/seal" | "sys/step-down", Write) if vault.seal.unsealed().is_none() => {
            Box::pin(async { Ok(Reply::empty()) })
        }
        _ => return None,
    })
}

async fn health(vault: &Arc<Inner>, call: &Call) -> Result<Reply, Fault> {
    let status = seal::status(vault).await?;
    let codes = HealthCodes::read(call)?;
    let code = match (&status.initialized, &status.sealed) {
        (false, _) => codes.uninitialized,
        (true, true) => codes.sealed,
        (true, false) => codes.active,
    };
    if call.operation == Operation::Header {
        // Without a body of which the length could be told, as clients know it.
        return Ok(Reply::empty().with_status(ReplyStatus::Custom(code)));
    }
    let mode = if status.sealed { "unknown" } else { "disabled" };
    let reply = Reply::bare(|w| {
        w.key("initialized");
        w.bool(status.initialized);
        w.key("sealed");
        w.bool(status.sealed);
        w.key("standby");
        w.bool(status.sealed);
        w.key("performance_standby");
        w.bool(false);
        w.key("replication_performance_mode");
        w.string(mode);
        w.key("replication_dr_mode");
        w.string(mode);
        w.key("server_time_utc");
        w.int(vault.clock.now().seconds());
        w.key("version");
        w.string(&vault.settings.version);
        if let Some(cluster) = &status.cluster {
            w.key("cluster_name");
            w.string(&cluster.name);
            w.key("cluster_id");
            w.string(&cluster.id);
        }
    });
    Ok(reply.with_status(ReplyStatus::Custom(code)))
}

/// The statuses of a health check, which load balancers may choose.
struct HealthCodes {
    active: u16,
    sealed: u16,
    uninitialized: u16,
}

impl HealthCodes {
    fn read(call: &Call) -> Result<Self, Fault> {
        // A code that is none is refused even where it would not be used.
        let code = |name: &str, usual: u16| match call.data.get(name) {
            None => Ok(usual),
            Some(v) => v
                .as_str()
                .and_then(|t| t.parse().ok())
                .filter(|c| (100..1000).contains(c))
                .ok_or_else(|| Fault { public: Vec::new(), ..Fault::invalid("") }),
        };
        for other in ["standbycode", "drsecondarycode", "performancestandbycode"] {
            code(other, 0)?;
        }
        Ok(Self {
            active: code("activecode", 200)?,
            sealed: code("sealedcode", 503)?,
            uninitialized: code("uninitcode", 501)?,
        })
    }
}

async fn seal_status(vault: &Arc<Inner>) -> Result<Reply, Fault> {
    let status = seal::status(vault).await?;
    Ok(Reply::bare(|w| write_status(w, &status, vault)))
}

fn write_status(w: &mut Writer, status: &Status, vault: &Inner) {
    w.key("type");
    w.string("shamir");
    w.key("initialized");
    w.bool(status.initialized);
    w.key("sealed");
    w.bool(status.sealed);
    w.key("t");
    w.int(status.threshold.into());
    w.key("n");
    w.int(status.shares.into());
    w.key("progress");
    w.int(status.progress.into());
    w.key("nonce");
    w.string(&status.nonce);
    w.key("version");
    w.string(&vault.settings.version);
    w.key("build_date");
    w.string(&vault.settings.build_date);
    w.key("migration");
    w.bool(false);
    if let Some(cluster) = &status.cluster {
        w.key("cluster_name");
        w.string(&cluster.name);
        w.key("cluster_id");
        w.string(&cluster.id);
    }
    w.key("recovery_seal");
    w.bool(false);
    w.key("storage_type");
    w.string(vault.settings.storage_type);
}

async fn is_initialized(vault: &Arc<Inner>) -> Result<Reply, Fault> {
    let status = seal::status(vault).await?;
    Ok(Reply::bare(|w| {
        w.key("initialized");
        w.bool(status.initialized);
    }))
}

async fn init(vault: &Arc<Inner>, call: &Call) -> Result<Reply, Fault> {
    let body = Body(call);
    let request =
        InitRequest { shares: body.int("secret_shares")?, threshold: body.int("secret_threshold")? };
    let recovery: Vec<&str> = ["recovery_shares", "recovery_threshold", "recovery_pgp_keys"]
        .into_iter()
        // Clients send all of them, with nothing in those that do not matter.
        .filter(|name| body.get(name).is_some_and(|v| !matches!(v.text(), "0" | "[]")))
        .collect();
    if !recovery.is_empty() {
        let names = recovery.join(",");
        return Err(Fault::invalid(format!("parameters {names} not applicable to seal type shamir")));
    }
    let pgp = body.get("pgp_keys").and_then(Value::as_array).map_or(0, Iterator::count);
    if pgp > 0 {
        let count = i64::try_from(pgp).unwrap_or(i64::MAX);
        return Err(Fault::invalid(if count == request.shares {
            "invalid seal configuration: encrypting shares with PGP keys is not supported"
        } else {
            "invalid seal configuration: count mismatch between number of provided PGP keys and number of shares"
        }));
    }
    let outcome = seal::initialize(vault, request).await?;
    Ok(Reply::bare(|w| {
        w.key("keys");
        w.strings(outcome.shares.iter().map(|s| hex::encode(s.expose())));
        w.key("keys_base64");
        w.strings(outcome.shares.iter().map(|s| STANDARD.encode(s.expose())));
        w.key("root_token");
        w.string(outcome.root_token.expose());
    }))
}

async fn unseal(vault: &Arc<Inner>, call: &Call) -> Result<Reply, Fault> {
    let body = Body(call);
    if body.get("reset").and_then(Value::as_bool) == Some(true) {
        seal::reset_progress(vault).await?;
        return seal_status(vault).await;
    }
    let key = match body.get("key") {
        None => String::new(),
        Some(v) => v.as_str().ok_or_else(|| wrong_type("key"))?.into_owned(),
    };
    let key = Secret::new(key);
    if key.expose().is_empty() {
        return Err(Fault::invalid(
            "'key' must be specified in request body as JSON, or 'reset' set to true",
        ));
    }
    let share = seal::share::decode(&key)?;
    seal::provide_share(vault, share).await?;
    seal_status(vault).await
}

/// A single node leads by itself.
fn leader() -> Reply {
    Reply::bare(|w| {
        w.key("ha_enabled");
        w.bool(false);
        w.key("is_self");
        w.bool(false);
        w.key("active_time");
        w.string("0001-01-01T00:00:00Z");
        w.key("leader_address");
        w.string("");
        w.key("leader_cluster_address");
        w.string("");
        w.key("performance_standby");
        w.bool(false);
        w.key("performance_standby_last_remote_wal");
        w.int(0);
    })
}

/// The body of one of these calls, whose names of members ignore case as in Vault.
struct Body<'c>(&'c Call);

impl<'c> Body<'c> {
    fn get(&self, name: &str) -> Option<Value<'c>> {
        let value = self.0.data.get(name);
        let any_case = || self.0.data.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v);
        value.or_else(any_case).filter(|v| !v.is_null())
    }

    fn int(&self, name: &str) -> Result<i64, Fault> {
        match self.get(name) {
            None => Ok(0),
            Some(v) if v.kind() == Kind::Number => v.text().parse().map_err(|_| wrong_type(name)),
            Some(_) => Err(wrong_type(name)),
        }
    }
}

fn wrong_type(name: &str) -> Fault {
    Fault::new(FaultKind::Invalid, format!("failed to decode JSON input: wrong type for field {name:?}"))
}
