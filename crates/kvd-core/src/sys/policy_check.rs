//! `sys/policies/check` and `sys/policies/check-self`: may a token do that, and which rule of which policy says so.

use super::routes::{field, route};
use crate::{
    house::House,
    parameters::parameter,
    policy::ROOT,
    token::{TokenState, normalized},
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable, field_error};
use kvd_json::{Kind, Value, Writer};
use kvd_policy::{
    Acl, Candidate, Capability, Decision, Operation as Asked, ParameterValue, Parameters, PolicyName,
    Question,
};
use kvd_types::{ApiPath, Fault, Operation, Reply, Secret};
use std::{borrow::Cow, sync::Arc};

const OPERATION: Field = field(
    "operation",
    FieldKind::String,
    "create, read, update, patch, delete, list or scan; read if left out.",
);
const PARAMETERS: Field = field("parameters", FieldKind::Map, "The body that would be sent.");
const PATH: Field = field("path", FieldKind::String, "The path, without /v1/.");
const WRAP_TTL: Field =
    field("wrap_ttl", FieldKind::Duration, "For how long the answer would be wrapped, if at all.");
const OWN: &[Field] = &[OPERATION, PARAMETERS, PATH, WRAP_TTL];
const OF_OTHERS: &[Field] = &[
    field("accessor", FieldKind::String, "The accessor of the token."),
    OPERATION,
    PARAMETERS,
    PATH,
    field("policies", FieldKind::List, "Policies, in place of a token."),
    field("token", FieldKind::String, "The token."),
    WRAP_TTL,
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "policies/check",
        Access::Token,
        &[(Operation::Write, |h, r| Box::pin(of_others(h, r)))],
        OF_OTHERS,
        "Whether a token, or whoever has certain policies, may do something, and which rule says so.",
    ),
    // Open, so that no policy can keep a token from asking what its own policies say; the handler looks at the token.
    route(
        "policies/check-self",
        Access::Open,
        &[(Operation::Write, |h, r| Box::pin(of_own(h, r)))],
        OWN,
        "Whether the caller may do something, and which rule says so.",
    ),
]);

async fn of_own(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let caller = house.caller(request).await?.filter(|state| !state.is_wrapping());
    let caller = caller.ok_or_else(Fault::permission_denied)?;
    of_token(house, request, &caller).await
}

async fn of_others(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let tokens = &house.unsealed.tokens;
    let text = |name| Ok::<_, Fault>(input.string(name)?.filter(|text| !text.is_empty()));
    match (text("token")?, text("accessor")?, input.list("policies")?) {
        (Some(token), None, None) => {
            let state = tokens.present(&Secret::new(token.into_owned()), request.now).await?;
            of_token(house, request, &state.ok_or_else(|| Fault::invalid("invalid token"))?).await
        }
        (None, Some(accessor), None) => {
            let state = tokens.by_accessor(&accessor, request.now).await?;
            of_token(house, request, &state.ok_or_else(|| Fault::invalid("invalid accessor"))?).await
        }
        (None, None, Some(policies)) if !policies.is_empty() => of_policies(house, request, &policies).await,
        _ => Err(Fault::invalid("exactly one of token, accessor and policies must be given")),
    }
}

async fn of_token(house: &House, request: Request<'_>, state: &Arc<TokenState>) -> Result<Reply, Fault> {
    let acl = house.unsealed.policies.acl(state).await?;
    answer(house, request, &acl)
}

async fn of_policies(house: &House, request: Request<'_>, policies: &[String]) -> Result<Reply, Fault> {
    let policies = normalized(policies);
    let mut missing = Vec::new();
    for policy in policies.iter().filter(|policy| *policy != ROOT) {
        let name = PolicyName::parse(policy).map_err(|e| Fault::invalid(e.to_string()))?;
        if !house.unsealed.policies.exists(&name).await? {
            missing.push(format!("Policy {policy:?} does not exist"));
        }
    }
    let acl = house.unsealed.policies.acl_of_names(&policies).await?;
    let mut reply = answer(house, request, &acl)?;
    reply.warnings.extend(missing.into_iter().map(Into::into));
    Ok(reply)
}

fn answer(house: &House, request: Request<'_>, acl: &Acl) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let path = input.string("path")?.unwrap_or_default();
    if path.is_empty() {
        return Err(Fault::invalid("path must be supplied"));
    }
    let path = ApiPath::decode(path.trim_start_matches('/')).map_err(|e| Fault::invalid(e.to_string()))?;
    let operation = operation(input)?;
    let sent = Sent::of(input)?;
    let wrap_ttl = input.duration("wrap_ttl")?;
    let question = Question { path: path.as_str(), operation, parameters: &sent, wrap_ttl };
    let decision = acl.decide(&question);
    let lacks_sudo = needs_sudo(house, path.as_str()) && !decision.has_sudo();
    Ok(Reply::object(|w| {
        w.key("allowed");
        w.bool(decision.is_allowed() && !lacks_sudo);
        w.key("granted_by");
        w.strings(decision.granting_policies());
        w.key("operation");
        w.string(operation.capability().name());
        w.key("path");
        w.string(path.as_str());
        w.key("reason");
        match decision.refusal() {
            Some(refusal) => w.display(refusal),
            None if lacks_sudo => w.string("the path is protected and the deciding rule does not grant sudo"),
            None => w.null(),
        }
        w.key("rule");
        write_deciding(w, &decision);
        w.key("rules");
        w.begin_array();
        for candidate in acl.explain(&question) {
            write_candidate(w, &candidate);
        }
        w.end_array();
    }))
}

fn operation(input: Input<'_>) -> Result<Asked, Fault> {
    const ALL: [Asked; 7] =
        [Asked::Create, Asked::Delete, Asked::List, Asked::Patch, Asked::Read, Asked::Scan, Asked::Update];
    let name = input.string("operation")?.filter(|name| !name.is_empty());
    let name = name.unwrap_or(Cow::Borrowed("read"));
    let found = ALL.into_iter().find(|operation| operation.capability().name() == name);
    found.ok_or_else(|| {
        let names: Vec<_> = ALL.iter().map(|operation| operation.capability().name()).collect();
        Fault::invalid(format!("operation must be one of {}", names.join(", ")))
    })
}

/// Whether the path is one for administrators, where the plain right is not enough.
fn needs_sudo(house: &House, path: &str) -> bool {
    house.unsealed.mounts.find(path).is_some_and(|(mount, below)| {
        mount.find(below).is_some_and(|(route, _)| mount.facts(route).access == Access::Sudo)
    })
}

/// The rule that decided. Of a deny whose template has no value for this caller only its text can be told.
fn write_deciding(w: &mut Writer, decision: &Decision<'_>) {
    match (decision.rule(), decision.unresolved_deny()) {
        (Some(rule), _) => write_candidate(w, &Candidate { rule, decides: true }),
        (None, Some(deny)) => {
            write_rule(w, deny.path(), &[Capability::Deny.name()], &[deny.policy().as_str()], true);
        }
        (None, None) => w.null(),
    }
}

fn write_candidate(w: &mut Writer, candidate: &Candidate<'_>) {
    let rule = candidate.rule;
    let capabilities: Vec<_> = rule.capabilities().iter().map(Capability::name).collect();
    let policies: Vec<_> = rule.policies().map(PolicyName::as_str).collect();
    write_rule(w, &rule.pattern().to_string(), &capabilities, &policies, candidate.decides);
}

fn write_rule(w: &mut Writer, path: &str, capabilities: &[&str], policies: &[&str], decides: bool) {
    w.begin_object();
    w.key("capabilities");
    w.strings(capabilities);
    w.key("decides");
    w.bool(decides);
    w.key("path");
    w.string(path);
    w.key("policies");
    w.strings(policies);
    w.end_object();
}

/// The body of the call that is asked about.
struct Sent<'a>(Option<Value<'a>>);

impl<'a> Sent<'a> {
    fn of(input: Input<'a>) -> Result<Self, Fault> {
        match input.raw("parameters") {
            Some(value) if value.kind() != Kind::Object => Err(field_error("parameters")),
            other => Ok(Self(other)),
        }
    }
}

impl Parameters for Sent<'_> {
    fn fields(&self) -> Vec<(Cow<'_, str>, ParameterValue<'_>)> {
        let object = self.0.and_then(Value::as_object);
        object.into_iter().flat_map(|o| o.iter()).map(|(name, value)| (name, parameter(value))).collect()
    }
}
