//! `sys/policies/acl` and its older form `sys/policy`.

use super::routes::{field, route};
use crate::{
    house::House,
    policy::{DEFAULT, RESPONSE_WRAPPING, ROOT},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_policy::{Policy, PolicyName};
use kvd_types::{Fault, Operation, Reply};

const POLICY: &[Field] = &[field("policy", FieldKind::String, "The text of the policy, or base64 of it.")];
const POLICY_OLD: &[Field] = &[
    field("policy", FieldKind::String, "The text of the policy."),
    field("rules", FieldKind::String, "The old name of policy."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "policies/acl",
        Access::Token,
        &[(Operation::List, |h, r| Box::pin(list(h, r)))],
        &[],
        "The names of all policies.",
    ),
    route(
        "policies/acl/{name*}",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r))),
            (Operation::Write, |h, r| Box::pin(write(h, r))),
            (Operation::Delete, |h, r| Box::pin(delete(h, r))),
        ],
        POLICY,
        "One policy.",
    ),
    route(
        "policy",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(list_old(h, r))),
            (Operation::List, |h, r| Box::pin(list_old(h, r))),
        ],
        &[],
        "The names of all policies, in the old form.",
    ),
    route(
        "policy/{name*}",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read_old(h, r))),
            (Operation::Write, |h, r| Box::pin(write_old(h, r))),
            (Operation::Delete, |h, r| Box::pin(delete(h, r))),
        ],
        POLICY_OLD,
        "One policy, in the old form.",
    ),
]);

/// The names of all policies, `root` last.
async fn names(house: &House) -> Result<Vec<String>, Fault> {
    let mut names = house.unsealed.policies.names().await?;
    names.retain(|n| n != RESPONSE_WRAPPING);
    names.push(ROOT.to_owned());
    Ok(names)
}

pub(super) async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(names(house).await?)
}

pub(super) async fn list_old(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let names = names(house).await?;
    Ok(Reply::doubled(|w| {
        w.key("keys");
        w.strings(&names);
        w.key("policies");
        w.strings(&names);
    }))
}

pub(super) async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let (name, text) = text(house, request).await?;
    Ok(Reply::object(|w| {
        w.key("name");
        w.string(&name);
        w.key("policy");
        w.string(&text);
    }))
}

pub(super) async fn read_old(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let (name, text) = text(house, request).await?;
    Ok(Reply::doubled(|w| {
        w.key("name");
        w.string(&name);
        w.key("rules");
        w.string(&text);
    }))
}

async fn text(house: &House, request: Request<'_>) -> Result<(String, String), Fault> {
    match Named::of(request) {
        Named::Root => Ok((ROOT.to_owned(), String::new())),
        Named::Policy(name) => match house.unsealed.policies.text(&name).await? {
            Some(text) => Ok((name.as_str().to_owned(), text)),
            None => Err(Fault::absent()),
        },
        Named::Nonsense(_) => Err(Fault::absent()),
    }
}

pub(super) async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    set(house, request, false).await
}

pub(super) async fn write_old(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    set(house, request, true).await
}

async fn set(house: &House, request: Request<'_>, old_field: bool) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let mut deprecated = None;
    let mut text = input.string("policy")?.unwrap_or_default();
    if old_field && text.is_empty() {
        text = input.string("rules")?.unwrap_or_default();
        if !text.is_empty() {
            deprecated = Some("'rules' is deprecated, please use 'policy' instead");
        }
    }
    if text.is_empty() {
        return Err(Fault::invalid("'policy' parameter not supplied or empty"));
    }
    let name = Named::of(request).changeable("update")?;
    let decoded = STANDARD.decode(text.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = decoded.as_deref().unwrap_or(&text);
    let policy = Policy::parse(name.clone(), text).map_err(|e| Fault::invalid(e.to_string()))?;
    house.unsealed.policies.write(policy).await?;
    let mut reply = Reply::empty();
    if request.params.get("name") != name.as_str() {
        reply = reply.warn(format!("policy name was converted to {}", name.as_str()));
    }
    reply.warnings.extend(deprecated.map(Into::into));
    Ok(reply)
}

pub(super) async fn delete(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = Named::of(request).changeable("delete")?;
    if name.as_str() == DEFAULT {
        return Err(Fault::invalid("cannot delete default policy"));
    }
    house.unsealed.policies.delete(&name).await?;
    Ok(Reply::empty())
}

/// What a path names.
enum Named {
    Root,
    Policy(PolicyName),
    Nonsense(String),
}

impl Named {
    fn of(request: Request<'_>) -> Self {
        let name = request.params.get("name");
        match PolicyName::parse(name) {
            Ok(name) => Self::Policy(name),
            Err(_) if name.trim().eq_ignore_ascii_case(ROOT) => Self::Root,
            Err(e) => Self::Nonsense(e.to_string()),
        }
    }

    /// The name, if that policy may be changed at all.
    fn changeable(self, verb: &str) -> Result<PolicyName, Fault> {
        match self {
            Self::Root => Err(Fault::invalid(format!("cannot {verb} {ROOT:?} policy"))),
            Self::Policy(name) if name.as_str() == RESPONSE_WRAPPING => {
                Err(Fault::invalid(format!("cannot {verb} {RESPONSE_WRAPPING:?} policy")))
            }
            Self::Policy(name) => Ok(name),
            Self::Nonsense(why) => Err(Fault::invalid(why)),
        }
    }
}
