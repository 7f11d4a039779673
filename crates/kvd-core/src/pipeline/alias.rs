//! Old names of paths, rewritten before anything looks at a call.
//!
//! What stands behind this line knows modern names only, so an old name can give no right that the new one would not,
//! and records show what was really done (V-032).

use kvd_types::{ApiPath, Call};

/// The old name of an endpoint, without a slash, and the modern one.
const NAMES: [(&str, &str); 4] = [
    ("sys/renew", "sys/leases/renew"),
    ("sys/revoke", "sys/leases/revoke"),
    ("sys/revoke-prefix", "sys/leases/revoke-prefix"),
    ("sys/revoke-force", "sys/leases/revoke-force"),
];

/// Gives a call the modern name of its path.
pub(super) fn modernize(call: &mut Call) {
    // A path that gets too long by it keeps its old name, under which there is nothing.
    if let Some(path) = renamed(call.path.as_str()).and_then(|path| ApiPath::checked(path).ok()) {
        call.path = path;
    }
}

fn renamed(path: &str) -> Option<String> {
    NAMES.iter().find_map(|(old, new)| match path.strip_prefix(old)? {
        "" => Some((*new).to_owned()),
        rest if rest.starts_with('/') => Some(format!("{new}{rest}")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v032_old_names_are_the_modern_ones_and_nothing_else_changes() {
        for (path, want) in [
            ("sys/renew", Some("sys/leases/renew")),
            ("sys/renew/auth/x/h1", Some("sys/leases/renew/auth/x/h1")),
            ("sys/revoke", Some("sys/leases/revoke")),
            ("sys/revoke-prefix/auth/x", Some("sys/leases/revoke-prefix/auth/x")),
            ("sys/revoke-force/auth/", Some("sys/leases/revoke-force/auth/")),
            ("sys/revoked", None),
            ("sys/leases/revoke", None),
            ("xsys/revoke", None),
            ("secret/sys/revoke", None),
        ] {
            assert_eq!(renamed(path).as_deref(), want, "{path}");
        }
    }
}
