//! Which token the body of a call names.

use kvd_backend::{Input, Request};
use kvd_json::Kind;
use kvd_types::{Fault, FaultKind, Secret};

/// The token in the body; none where there is no such member, or an empty one.
///
/// # Errors
/// When the member is anything but a text.
pub(super) fn token(request: Request<'_>) -> Result<Option<Secret<String>>, Fault> {
    let input = Input::new(request.data());
    match input.raw("token") {
        Some(value) if value.kind() == Kind::String => {
            let token = value.as_str().unwrap_or_default().into_owned();
            Ok(Some(token).filter(|token| !token.is_empty()).map(Secret::new))
        }
        None if !input.has("token") => Ok(None),
        Some(_) | None => Err(Fault::new(FaultKind::PermissionDenied, "invalid token")),
    }
}
