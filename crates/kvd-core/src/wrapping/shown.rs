//! Which wrapping token a call to `sys/wrapping/` shows: the one in its body, or else the caller's own.

use crate::token::{TokenState, TokenStore};
use kvd_backend::Input;
use kvd_json::Kind;
use kvd_types::{Call, ClientAuth, Fault, FaultKind, Operation, Secret, Timestamp};
use std::sync::Arc;

/// Whether a call is about a wrapping token. Before anything else such a token must be good: whoever finds theirs used
/// up has to learn that somebody else had it, rather than a "permission denied" with many meanings.
pub(crate) fn is_endpoint(call: &Call) -> bool {
    let path = call.path.as_str();
    matches!(path, "sys/wrapping/unwrap" | "sys/wrapping/rewrap" | "sys/wrapping/lookup")
        && matches!(call.operation, Operation::Read | Operation::Write | Operation::Delete)
}

/// The wrapping token that `call` shows.
///
/// # Errors
/// When it shows none, or one that opens nothing at the moment.
pub(crate) async fn shown(
    tokens: &TokenStore,
    call: &Call,
    now: Timestamp,
) -> Result<Arc<TokenState>, Fault> {
    let token = match (in_body(call)?, &call.auth) {
        (Some(token), _) => token,
        (None, ClientAuth::Token(token)) => token.clone(),
        (None, ClientAuth::Missing) => return Err(refused("token is empty")),
    };
    let state = tokens.present(&token, now).await?.filter(|state| state.is_wrapping());
    state.ok_or_else(not_valid)
}

/// The token in the body of `call`, if there is one.
///
/// # Errors
/// When it is no text, or an empty one.
pub(crate) fn in_body(call: &Call) -> Result<Option<Secret<String>>, Fault> {
    let Some(value) = Input::new(&call.data).raw("token") else { return Ok(None) };
    if value.kind() != Kind::String {
        return Err(refused("could not decode token in request body"));
    }
    match value.as_str().unwrap_or_default() {
        empty if empty.is_empty() => Err(refused("empty token in request body")),
        token => Ok(Some(Secret::new(token.into_owned()))),
    }
}

/// The refusal that tells a receiver that the token was used before, or never was one.
pub(crate) fn not_valid() -> Fault {
    Fault::invalid("wrapping token is not valid or does not exist")
}

fn refused(why: &str) -> Fault {
    Fault::new(FaultKind::PermissionDenied, format!("error validating wrapping token: {why}"))
}
