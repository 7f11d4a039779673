//! `sys/metrics`: counters and gauges, as JSON or for Prometheus.

use super::routes::{field, route};
use crate::{house::House, metrics::Gauge, vault::Inner};
use kvd_backend::{Access, Field, FieldKind, RouteTable};
use kvd_json::{Limits, Object};
use kvd_types::{Body, Call, Fault, Operation, Reply, Secret, Status};

const FORMAT: &[Field] = &[field("format", FieldKind::String, "prometheus; JSON when nothing is said.")];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "metrics",
    Access::Token,
    &[(Operation::Read, |h, r| Box::pin(async move { read(&h.vault, r.call) }))],
    FORMAT,
    "What the vault counts of its own work.",
)]);

/// How metrics are asked for.
enum Format {
    Json,
    Prometheus,
}

/// The metrics; also where an operator has opened them to all, whether sealed or not.
///
/// # Errors
/// When they cannot be written, which does not happen.
pub(crate) fn read(vault: &Inner, call: &Call) -> Result<Reply, Fault> {
    let format = match call.data.get("format").and_then(|v| v.as_str()).as_deref() {
        Some("prometheus") => Format::Prometheus,
        None | Some("") if wants_text(call) => Format::Prometheus,
        None | Some("") => Format::Json,
        Some(other) => {
            let shown: String = other.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
            return Ok(refusal(format!("metric response format {shown:?} unknown")));
        }
    };
    let (totals, gauges) = (vault.metrics.totals(), gauges(vault));
    match format {
        Format::Prometheus if !vault.settings.prometheus => {
            Ok(refusal("prometheus is not enabled".to_owned()))
        }
        Format::Prometheus => {
            let bytes = Secret::new(totals.prometheus(&gauges).into_bytes());
            let content_type = "text/plain; version=0.0.4; charset=utf-8";
            Ok(Reply { body: Body::Document { content_type, bytes }, ..Reply::default() })
        }
        Format::Json => {
            let text = totals.json(&gauges, vault.clock.now()).to_string();
            let object = Object::parse(text.as_bytes(), &Limits::default()).map_err(Fault::internal)?;
            Ok(Reply { body: Body::Bare(object.text().clone()), ..Reply::default() })
        }
    }
}

fn wants_text(call: &Call) -> bool {
    call.headers.values("accept").iter().any(|value| value.contains("application/openmetrics-text"))
}

fn gauges(vault: &Inner) -> Vec<Gauge> {
    let unsealed = vault.seal.unsealed();
    let mut gauges =
        vec![("vault_core_unsealed", "Whether the vault is unsealed.", u64::from(unsealed.is_some()))];
    if let Some(unsealed) = unsealed {
        let key = unsealed.barrier.key_status();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        gauges.extend([
            ("vault_barrier_term", "The number of the data key.", key.map_or(0, |k| k.term.into())),
            (
                "vault_barrier_encryptions",
                "What the data key has sealed so far.",
                key.map_or(0, |k| k.encryptions),
            ),
            ("vault_core_mounts", "Mounts.", count(unsealed.mounts.table().iter().count())),
            (
                "vault_audit_failing_devices",
                "Audit devices that take no records.",
                count(unsealed.audit.broker.failing().len()),
            ),
        ]);
    }
    gauges
}

/// Readers of metrics want plain text, also where they are refused.
fn refusal(text: String) -> Reply {
    let body = Body::Document { content_type: "text/plain", bytes: Secret::new(text.into_bytes()) };
    Reply { body, ..Reply::default() }.with_status(Status::Custom(400))
}
