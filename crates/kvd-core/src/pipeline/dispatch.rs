//! Hands a recorded call to its engine.

use super::{
    authenticate::Identity,
    grant,
    record::Audited,
    route::{Place, Routed},
};
use crate::{
    house::House,
    joint::JointView,
    mount::{Family, Mount, Target},
    sys::openapi,
    wrapping,
};
use kvd_backend::{Access, Caller, Fields, Params, Request, Route};
use kvd_storage::View;
use kvd_types::{Body, Fault, FaultKind, Operation, Reply};
use std::sync::Arc;

/// A call that is done, and its answer, which only the next stage can take.
pub(super) struct Dispatched<'c> {
    audited: Audited<'c>,
    reply: Reply,
}

impl<'c> Dispatched<'c> {
    /// What the last stage needs.
    pub(super) fn parts(self) -> (Routed<'c>, Reply) {
        (self.audited.permitted.authenticated.routed, self.reply)
    }
}

pub(super) async fn run(audited: Audited<'_>) -> Result<Dispatched<'_>, Fault> {
    let place = &audited.permitted.authenticated.routed.place;
    let reply = handle(&audited).await.map_err(|fault| match place.access() {
        Access::Open => unframed(fault),
        Access::Token | Access::Sudo => fault,
    })?;
    Ok(Dispatched { audited, reply })
}

/// On routes that are open to all, texts stand without the frame of a list of errors, as clients know them.
fn unframed(mut fault: Fault) -> Fault {
    for text in &mut fault.public {
        if let Some(inner) = text.strip_prefix("1 error occurred:\n\t* ") {
            *text = inner.trim_end().to_owned().into();
        }
    }
    fault
}

async fn handle(audited: &Audited<'_>) -> Result<Reply, Fault> {
    let authenticated = &audited.permitted.authenticated;
    let routed = &authenticated.routed;
    let (vault, call) = (routed.watched.vault(), routed.watched.call());
    let Place::Mounted { mount, path, route } = &*routed.place else {
        // The caller may know: the policies have been asked about the path.
        let text = format!("no handler for route {:?}. route entry not found.", call.path.as_str());
        return Err(Fault::new(FaultKind::NotFound, text));
    };
    if call.operation == Operation::Help {
        // Of the route tables only, so that no engine has to write its own.
        let number = route.as_ref().map(|(number, _, _)| *number);
        return Ok(openapi::help(&vault.settings.version, mount, number));
    }
    let token = match &authenticated.identity {
        Identity::Anonymous => None,
        Identity::Token(state) => Some(Arc::clone(state)),
    };
    let anonymous = Caller::default();
    let caller = token.as_ref().map_or(&anonymous, |state| &state.caller);
    if let Some(token) = token.as_deref().filter(|token| wrapping::is_old_way(call, token)) {
        return Box::pin(wrapping::answer_old_way(&routed.unsealed.tokens, call, token)).await;
    }
    let house = House::new(Arc::clone(vault), Arc::clone(&routed.unsealed), token.clone());
    let Some((number, params, facts)) = route else {
        let request = request(routed, mount, path, Params::default(), caller);
        return mount.unknown_path(request).await;
    };
    let joint = joint_view(routed, mount)?;
    let mut request = request(routed, mount, path, *params, caller);
    if let Some(view) = &joint {
        request.view = view;
    }
    request.page_limit = audited.permitted.page_limit();
    let mut reply = mount.handle(&house, *number, request).await?;
    if let Some(grant) = reply.grant.take() {
        reply = Box::pin(grant::redeem(reply, *grant, &house, mount, request)).await?;
    }
    Ok(with_parameter_warnings(reply, facts, request))
}

/// The view of a call that is part of a joint transaction. Only engines of secrets keep to their view: what the vault
/// itself or a login changes would take effect at once.
fn joint_view(routed: &Routed<'_>, mount: &Mount) -> Result<Option<Arc<dyn View>>, Fault> {
    let Some(seat) = &routed.watched.trail().seat else { return Ok(None) };
    match (&mount.target, mount.record.family) {
        (Target::Engine(_), Family::Secrets) => Ok(Some(Arc::new(JointView {
            inner: Arc::clone(&mount.view),
            id: mount.record.view_id(),
            seat: Arc::clone(seat),
        }))),
        (Target::Engine(_), Family::Auth) | (Target::House(_), _) => {
            Err(Fault::invalid("a transaction holds changes of secrets only"))
        }
    }
}

/// What an engine is given of a call.
pub(super) fn request<'r>(
    routed: &'r Routed<'_>,
    mount: &'r Mount,
    path: &'r str,
    params: Params<'r>,
    caller: &'r Caller,
) -> Request<'r> {
    let vault = routed.watched.vault();
    Request {
        call: routed.watched.call(),
        path,
        params,
        caller,
        page_limit: None,
        mount: &mount.info,
        view: &mount.view,
        now: routed.watched.trail().now,
        clock: &vault.clock,
        entropy: &vault.entropy,
    }
}

/// Tells the caller which members of the body were passed over; an answer without a body stays silent.
fn with_parameter_warnings(mut reply: Reply, facts: &Route<()>, request: Request<'_>) -> Reply {
    let silent = matches!(reply.body, Body::Empty | Body::Bare(_) | Body::Document { .. })
        && reply.auth.is_none()
        && reply.warnings.is_empty();
    let Fields::Named(fields) = facts.fields else { return reply };
    if silent || request.data().is_empty() || request.operation() == Operation::Help {
        return reply;
    }
    let names = |keep: &dyn Fn(&str) -> bool| {
        request.data().iter().map(|(name, _)| name).filter(|n| keep(n)).collect::<Vec<_>>().join(" ")
    };
    let in_path = |name: &str| request.params.iter().any(|(n, _)| n == name);
    let ignored = names(&|name| !in_path(name) && !fields.iter().any(|f| f.name == name));
    let replaced = names(&|name| in_path(name));
    if !ignored.is_empty() {
        reply = reply.warn(format!("Endpoint ignored these unrecognized parameters: [{ignored}]"));
    }
    if !replaced.is_empty() {
        reply = reply.warn(format!(
            "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [{replaced}]"
        ));
    }
    reply
}
