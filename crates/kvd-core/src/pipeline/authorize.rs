//! Asks the policies; the only place where a permit is made.

use super::{
    authenticate::{Authenticated, Identity},
    dispatch::request,
    route::Place,
    watch::Judged,
};
use crate::{house::House, parameters::BodyParameters, token::TokenState};
use kvd_backend::Access;
use kvd_policy::{Acl, Operation as Asked, Question};
use kvd_types::{Call, Fault, Operation};
use std::sync::Arc;

/// A call that may be done.
pub(super) struct Permitted<'c> {
    pub(super) authenticated: Authenticated<'c>,
    permit: Permit,
}

/// What the policies say of a call that they allow; made here and nowhere else.
#[derive(Default)]
struct Permit {
    /// The most names that a listing may give.
    page_limit: Option<usize>,
}

impl Permitted<'_> {
    /// The most names that a listing may give, where a policy says so.
    pub(super) fn page_limit(&self) -> Option<usize> {
        self.permit.page_limit
    }
}

pub(super) async fn judge(authenticated: Authenticated<'_>) -> Result<Permitted<'_>, Fault> {
    let Identity::Token(state) = &authenticated.identity else {
        let _ = authenticated.routed.watched.trail().judged.set(Judged::Allowed(Vec::new()));
        return Ok(Permitted { authenticated, permit: Permit::default() });
    };
    let routed = &authenticated.routed;
    let (call, trail) = (routed.watched.call(), routed.watched.trail());
    let acl = routed.unsealed.policies.acl(state).await?;
    let operation = asked(&authenticated, &acl, state).await?;
    let _ = trail.operation.set(operation);
    let parameters = BodyParameters(&call.data);
    let decision = acl.decide(&question(call, operation, &parameters));
    let sudo_missing = routed.place.access() == Access::Sudo && !decision.has_sudo();
    if !decision.is_allowed() || sudo_missing {
        let _ = trail.judged.set(Judged::Refused);
        return Err(Fault::not_permitted());
    }
    // Only records name them. What is no read may be the enabling of the device that records its own outcome.
    let granting = match routed.unsealed.audit.broker.nobody_asks() {
        Some(_) if call.operation.is_read() => Vec::new(),
        Some(_) | None => decision.granting_policies().into_iter().map(str::to_owned).collect(),
    };
    let _ = trail.judged.set(Judged::Allowed(granting));
    let page_limit = decision.page_limit().map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    Ok(Permitted { authenticated, permit: Permit { page_limit } })
}

fn question<'a>(call: &'a Call, operation: Asked, parameters: &'a BodyParameters<'a>) -> Question<'a> {
    Question { path: call.path.as_str(), operation, parameters, wrap_ttl: call.wrap_ttl }
}

/// What the policies are asked for. Whether a write makes something is looked up only where it can matter.
async fn asked(
    authenticated: &Authenticated<'_>,
    acl: &Acl,
    state: &Arc<TokenState>,
) -> Result<Asked, Fault> {
    let routed = &authenticated.routed;
    let call = routed.watched.call();
    match call.operation {
        Operation::Read | Operation::Help | Operation::Header => Ok(Asked::Read),
        Operation::Delete => Ok(Asked::Delete),
        Operation::List => Ok(Asked::List),
        Operation::Scan => Ok(Asked::Scan),
        Operation::Patch => Ok(Asked::Patch),
        Operation::Write => {
            let Place::Mounted { mount, path, route: Some((number, params, facts)) } = &*routed.place else {
                return Ok(Asked::Update);
            };
            if facts.exists.is_none() {
                return Ok(Asked::Update);
            }
            let parameters = BodyParameters(&call.data);
            let allowed = |operation| acl.decide(&question(call, operation, &parameters)).is_allowed();
            // An audit record tells the two apart, so the look is spared only where both are refused.
            if !allowed(Asked::Create) && !allowed(Asked::Update) {
                return Ok(Asked::Update);
            }
            let house = House::new(Arc::clone(routed.watched.vault()), Arc::clone(&routed.unsealed), None);
            let request = request(routed, mount, path, *params, &state.caller);
            let exists = mount.exists(&house, *number, request).await?;
            Ok(if exists { Asked::Update } else { Asked::Create })
        }
    }
}
