//! The namespace: the header `X-Vault-Namespace`, of which only the root is known.

use http::{HeaderMap, HeaderName, HeaderValue};
use kvd_types::{ApiPath, Fault, FaultKind, NamespaceId};

const X_VAULT_NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");

/// The same whatever the namespace.
const EVERYWHERE: [&str; 2] = ["sys/seal-status", "sys/leader"];

/// Belong to the server as a whole, with everything below them; the words behind `sys/`.
const ROOT_ONLY: [&str; 14] = [
    "raw",
    "generate-recovery-token",
    "init",
    "seal",
    "step-down",
    "unseal",
    "health",
    "rekey-recovery-key",
    "rekey",
    "storage",
    "generate-root",
    "metrics",
    "pprof",
    "in-flight-req",
];

/// Finds the namespace in which `path` begins. The header is compared as it stands, never cleaned.
///
/// # Errors
/// When there is no such namespace, or the path is not to be had in one.
pub fn extract(headers: &HeaderMap, path: &ApiPath) -> Result<NamespaceId, Fault> {
    let mut values = headers.get_all(X_VAULT_NAMESPACE).iter().map(HeaderValue::as_bytes);
    match values.find(|v| !matches!(*v, b"" | b"/" | b"root" | b"root/" | b"/root" | b"/root/")) {
        None => Ok(NamespaceId::ROOT),
        Some(name) => elsewhere(name, path),
    }
}

fn elsewhere(name: &[u8], path: &ApiPath) -> Result<NamespaceId, Fault> {
    if EVERYWHERE.contains(&path.as_str()) {
        return Ok(NamespaceId::ROOT);
    }
    if name.split(|b| *b == b'/').any(|segment| matches!(segment, b"." | b"..")) {
        return Err(Fault::invalid("relative paths not supported"));
    }
    let below_sys = path.as_str().strip_prefix("sys/").and_then(|rest| rest.split('/').next());
    if below_sys.is_some_and(|word| ROOT_ONLY.contains(&word)) {
        return Err(Fault::invalid("operation unavailable in namespaces"));
    }
    Err(Fault::new(FaultKind::NotFound, "namespace not found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &'static str, path: &str, want: Result<(), (u16, &str)>) {
        let headers = HeaderMap::from_iter([(X_VAULT_NAMESPACE, HeaderValue::from_static(name))]);
        let got = extract(&headers, &ApiPath::checked(path.to_owned()).unwrap());
        let got = got.as_ref().map(|_| ()).map_err(|f| (f.kind.codes().http, &*f.public[0]));
        assert_eq!(got, want, "{name} {path}");
    }

    #[test]
    fn row_5_4_empty_root_and_slash_mean_the_root() {
        for name in ["", "/", "root", "root/"] {
            check(name, "secret/data/a", Ok(()));
            check(name, "sys/init", Ok(()));
        }
    }

    #[test]
    fn row_5_4_an_unknown_namespace_is_not_found() {
        for name in ["nosuch", "nosuch/", "nosuch/deeper", "Root"] {
            check(name, "secret/data/a", Err((404, "namespace not found")));
            check(name, "sys/mounts", Err((404, "namespace not found")));
            check(name, "sys/sealing", Err((404, "namespace not found")));
        }
    }

    #[test]
    fn row_5_4_dots_in_the_header_are_refused_and_never_cleaned() {
        for name in ["a/../b", "..", "a/.", "root/../root", "a/.."] {
            check(name, "secret/data/a", Err((400, "relative paths not supported")));
        }
    }

    #[test]
    fn row_5_4_what_belongs_to_the_whole_server_is_not_to_be_had_in_a_namespace() {
        for path in [
            "sys/init",
            "sys/seal",
            "sys/unseal",
            "sys/health",
            "sys/rekey/init",
            "sys/generate-root/attempt",
        ] {
            check("nosuch", path, Err((400, "operation unavailable in namespaces")));
        }
        check("nosuch", "sys/seal-status", Ok(()));
        check("nosuch", "sys/leader", Ok(()));
    }
}
