//! Audit: the request before it has any effect, the outcome before anybody learns of it.

use super::{
    Trail,
    authenticate::Identity,
    authorize::Permitted,
    route::{Place, Routed},
    watch::{Judged, Requested},
};
use crate::{
    mount::{Family, Mount},
    policy::Compiled,
    sys::ENGINE_VERSION,
    token::TokenState,
    vault::Inner,
};
use kvd_audit::{
    Action, AuditError, AuthRecord, Credential, Granting, Mount as MountRecord, Namespace, Recorded,
    RequestRecord, ResponseRecord, Verdict, error_of,
};
use kvd_types::{AuthInfo, Call, ClientAuth, Fault, FaultKind, Operation, Reply, Timestamp};
use std::sync::Arc;

/// A call that at least one audit device has, where there is one; or a call that has no effect but its answer, which
/// is recorded before that is given.
pub(super) struct Audited<'c> {
    pub(super) permitted: Permitted<'c>,
    _proof: Proof,
}

/// Why a call may go on to its engine.
enum Proof {
    Recorded(#[expect(dead_code, reason = "that there is one is all that it says")] Recorded),
    HasNoEffect,
}

/// Records the request. Nothing has been done yet, so a failure leaves nothing behind.
pub(super) async fn request(permitted: Permitted<'_>) -> Result<Audited<'_>, Fault> {
    let watched = &permitted.authenticated.routed.watched;
    let (call, trail) = (watched.call(), watched.trail());
    let broker = &permitted.authenticated.routed.unsealed.audit.broker;
    let (proof, requested) = if let Some(nobody_asks) = broker.nobody_asks() {
        (Proof::Recorded(nobody_asks), Requested::Recorded)
    } else if has_no_effect(&permitted) {
        (Proof::HasNoEffect, Requested::WithAnswer)
    } else {
        let facts = Facts::gather(call, trail);
        let record = facts.request(watched.vault().clock.now(), None);
        let recorded = broker.record_request(&record).await.map_err(unrecorded)?;
        (Proof::Recorded(recorded), Requested::Recorded)
    };
    let _ = trail.requested.set(requested);
    Ok(Audited { permitted, _proof: proof })
}

/// Whether nothing comes of a call but its answer: a read that is neither kept wrapped nor counted. Both halves of its
/// record can then be written at once.
fn has_no_effect(permitted: &Permitted<'_>) -> bool {
    let Routed { watched, place, .. } = &permitted.authenticated.routed;
    let operation = watched.call().operation;
    let reads = operation.is_read() && operation != Operation::Help;
    let is_pure = match &**place {
        Place::Mounted { mount, .. } => mount.reads_are_pure(),
        Place::Nowhere => false,
    };
    let is_uncounted = match &permitted.authenticated.identity {
        Identity::Anonymous => true,
        Identity::Token(state) => state.entry.num_uses == 0 && !state.entry.spent,
    };
    reads && is_pure && is_uncounted && watched.call().wrap_ttl.is_none()
}

/// Records the outcome and hands it on; what cannot be recorded is not given out.
pub(super) async fn response(
    vault: &Arc<Inner>,
    call: &Call,
    trail: &Trail,
    outcome: Result<Reply, Fault>,
) -> Result<Reply, Fault> {
    // Sealed: there are no devices, and nothing that could be given away.
    let Some(unsealed) = trail.unsealed.get() else { return outcome };
    let broker = &unsealed.audit.broker;
    if broker.nobody_asks().is_some() {
        return outcome;
    }
    let facts = Facts::gather(call, trail);
    let now = vault.clock.now();
    let request = match trail.requested.get() {
        // As if it had been written on the way in, when nothing was known of the outcome.
        Some(Requested::WithAnswer) => facts.request(trail.now, None),
        Some(Requested::Recorded) | None => {
            facts.request(now, outcome.as_ref().err().and_then(|fault| facts.refusal(fault)))
        }
    };
    let made = outcome.as_ref().ok().and_then(|reply| reply.auth.as_deref());
    let record = ResponseRecord {
        time: now,
        request: &request,
        // Who logs in has no token before, so the one that is made stands for the caller.
        login: made.filter(|_| facts.token.is_none()).map(login),
        outcome: outcome.as_ref(),
        display_name: made.map_or("", |auth| &auth.display_name),
        error: outcome.as_ref().err().and_then(error_of),
    };
    let recorded = match trail.requested.get() {
        Some(Requested::Recorded) => broker.record_response(&record).await,
        // A call that was refused on its way is on record with both halves.
        Some(Requested::WithAnswer) | None => broker.record_exchange(&record).await,
    };
    let _given: Recorded = recorded.map_err(unrecorded)?;
    outcome
}

fn unrecorded(error: AuditError) -> Fault {
    Fault::new(FaultKind::AuditUnavailable, "internal error").caused_by(error)
}

/// The token that a login has made, in place of a caller's.
fn login(made: &AuthInfo) -> AuthRecord<'_> {
    AuthRecord {
        credential: made.client_token.as_ref().map(|token| Credential {
            token,
            accessor: &made.accessor,
            fragments: None,
        }),
        display_name: &made.display_name,
        policies: &made.policies,
        token_policies: &made.token_policies,
        identity_policies: &made.identity_policies,
        metadata: made.metadata.as_ref(),
        remaining_uses: made.num_uses,
        entity_id: &made.entity_id,
        entity_created: made.entity_created,
        kind: Some(made.kind),
        ttl_seconds: made.lease_duration_seconds,
        ..AuthRecord::default()
    }
}

/// What a record tells, gathered once.
struct Facts<'c> {
    call: &'c Call,
    trail: &'c Trail,
    token: Option<&'c Arc<TokenState>>,
    /// What the token may do, as it was judged; none before that, and for the root token.
    compiled: Option<Arc<Compiled>>,
    granting: Vec<Granting<'c>>,
}

impl<'c> Facts<'c> {
    fn gather(call: &'c Call, trail: &'c Trail) -> Self {
        let names = trail.judged.get().and_then(Judged::granting).unwrap_or_default();
        let granting = names.iter().map(|name| Granting { name, namespace_id: Namespace::ROOT.id }).collect();
        let token = trail.token.get();
        // Only a token with an entity has policies that do not stand in itself.
        let compiled = token.filter(|t| !t.entry.entity_id.is_empty()).and_then(|t| t.compiled.load_full());
        Self { call, trail, token, compiled, granting }
    }

    /// Whether the call got past the policies.
    fn is_permitted(&self) -> bool {
        self.trail.judged.get().is_some_and(|judged| judged.granting().is_some())
    }

    /// Why the request did not get any further, as its own line tells it.
    fn refusal(&self, fault: &Fault) -> Option<&'static str> {
        let unknown_caller = fault.kind == FaultKind::PermissionDenied && self.trail.judged.get().is_none();
        if unknown_caller { Some("permission denied") } else { error_of(fault) }
    }

    fn credential(&self) -> Option<Credential<'_>> {
        let ClientAuth::Token(token) = &self.call.auth else { return None };
        Some(Credential {
            token,
            accessor: self.token.map_or("", |t| &t.entry.accessor),
            fragments: self.token.map(|t| &t.fragments),
        })
    }

    fn auth(&self) -> Option<AuthRecord<'_>> {
        let verdict = self
            .trail
            .judged
            .get()
            .map(|_| Verdict { allowed: self.is_permitted(), granting: &self.granting });
        let Some(token) = self.token else {
            // On a route that is open to all there is nobody to name, only that it was let through.
            return verdict.map(|verdict| AuthRecord { verdict: Some(verdict), ..AuthRecord::default() });
        };
        let entry = &token.entry;
        Some(AuthRecord {
            credential: self.credential(),
            display_name: &entry.display_name,
            policies: self.compiled.as_ref().and_then(|c| c.all()).unwrap_or(&entry.policies),
            token_policies: &entry.policies,
            identity_policies: self.compiled.as_ref().map_or(&[], |c| c.of_identity()),
            verdict,
            metadata: entry.meta.as_ref(),
            remaining_uses: entry.num_uses,
            entity_id: &entry.entity_id,
            entity_created: false,
            kind: Some(token.kind),
            ttl_seconds: entry.creation_ttl_seconds,
            issued: Some(Timestamp::from_nanos(entry.created_nanos)),
        })
    }

    fn request(&self, time: Timestamp, error: Option<&'static str>) -> RequestRecord<'_> {
        let creates = self.trail.operation.get() == Some(&kvd_policy::Operation::Create);
        RequestRecord {
            time,
            id: self.call.id,
            action: Action::of(self.call.operation, creates),
            mount: self.trail.mount.get().map(|m| mount_record(m, self.is_permitted())),
            credential: self.credential(),
            auth: self.auth(),
            namespace: Namespace::ROOT,
            path: self.call.path.as_str(),
            data: &self.call.data,
            peer: &self.call.peer,
            certificate_serial: "",
            headers: &*self.call.headers,
            wrap_ttl: self.call.wrap_ttl,
            error,
        }
    }
}

/// The accessor names a mount to whoever reads the log; a caller that was not let in must not make it stand there.
fn mount_record(mount: &Mount, permitted: bool) -> MountRecord<'_> {
    let record = &mount.record;
    MountRecord {
        point: &mount.info.path,
        kind: &record.kind,
        accessor: if permitted { &record.accessor } else { "" },
        version: ENGINE_VERSION,
        class: match record.family {
            Family::Secrets => "secret",
            Family::Auth => "auth",
        },
        clear_request_keys: &record.config.audit_non_hmac_request_keys,
        clear_response_keys: &record.config.audit_non_hmac_response_keys,
    }
}
