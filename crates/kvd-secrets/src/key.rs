//! The path of a secret below its mount.

use kvd_backend::Request;
use kvd_types::Fault;

/// The path that the route's `{path*}` names, when it can be that of a secret: neither empty nor a folder.
pub(crate) fn secret<'a>(request: &Request<'a>) -> Option<&'a str> {
    Some(request.params.get("path")).filter(|path| !path.is_empty() && !path.ends_with('/'))
}

/// The same for a write.
///
/// # Errors
/// When it cannot be the path of a secret.
pub(crate) fn written<'a>(request: &Request<'a>) -> Result<&'a str, Fault> {
    match request.params.get("path") {
        "" => Err(Fault::invalid("missing path")),
        folder if folder.ends_with('/') => Err(Fault::invalid("cannot write to a path ending in '/'")),
        path => Ok(path),
    }
}

/// The path of a folder: empty, or with a slash at its end, whether the caller wrote one or not.
pub(crate) fn folder(request: &Request<'_>) -> String {
    let path = request.params.get("path");
    let slash = if path.is_empty() || path.ends_with('/') { "" } else { "/" };
    format!("{path}{slash}")
}
