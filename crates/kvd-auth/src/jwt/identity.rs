//! Who the owner of a token is, by its claims: a name, what is noted about them, and their groups.

use super::{bound::as_list, role::Role, role_fields::plain};
use crate::jose::Claims;
use kvd_types::Fault;
use serde_json::Value;
use std::collections::BTreeMap;

/// The owner of a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) groups: Vec<String>,
}

/// The owner of the token with these claims, in the eyes of a role.
///
/// # Errors
/// When a claim that the role needs is missing or of the wrong kind.
pub(super) fn of_claims(role: &Role, role_name: &str, claims: &Claims) -> Result<Identity, Fault> {
    let claim = &role.user_claim;
    let user = if role.user_claim_json_pointer { claims.named(claim) } else { claims.member(claim) };
    let user = user.ok_or_else(|| Fault::invalid(format!("claim {claim:?} not found in token")))?;
    let name = user.as_str().filter(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| Fault::invalid(format!("claim {claim:?} could not be converted to string")))?;
    let mut metadata = metadata(role, claims)?;
    metadata.insert("role".to_owned(), role_name.to_owned());
    Ok(Identity { name: name.to_owned(), metadata, groups: groups(&role.groups_claim, claims)? })
}

fn metadata(role: &Role, claims: &Claims) -> Result<BTreeMap<String, String>, Fault> {
    let mut metadata = BTreeMap::new();
    for (source, target) in role.claim_mappings.iter().flatten() {
        match claims.named(source) {
            None => {}
            Some(Value::String(text)) => {
                metadata.insert(target.clone(), text.clone());
            }
            Some(_) => return Err(Fault::invalid(format!("error converting claim '{source}' to string"))),
        }
    }
    Ok(metadata)
}

fn groups(claim: &str, claims: &Claims) -> Result<Vec<String>, Fault> {
    if claim.is_empty() {
        return Ok(Vec::new());
    }
    let value = claims.named(claim).ok_or_else(|| {
        Fault::invalid(format!("failed to fetch groups: {claim:?} claim not found in token"))
    })?;
    let list = as_list(value)
        .ok_or_else(|| Fault::invalid(format!("{claim:?} claim could not be converted to string list")))?;
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(
            Fault::invalid(format!("value {} in groups claim could not be parsed as string", plain(value))),
        ),
    };
    let groups: Vec<String> = list.iter().map(text).collect::<Result<_, _>>()?;
    Ok(groups.into_iter().filter(|group| !group.is_empty()).collect())
}
