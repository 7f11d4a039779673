//! Paths of the HTTP API, put together from the parts that messages name.

use kvd_types::Fault;

/// `MOUNT/kind/path`. What the parts hold is checked when the whole is made a path.
///
/// # Errors
/// When there is no mount: the rest would be taken for one.
pub(crate) fn below(mount: &str, kind: &str, path: &str) -> Result<String, Fault> {
    let mount = mount.strip_suffix('/').unwrap_or(mount);
    if mount.is_empty() {
        return Err(Fault::invalid("the mount is missing"));
    }
    Ok(format!("{mount}/{kind}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_named_with_a_slash_or_without() {
        for mount in ["secret", "secret/"] {
            assert_eq!(below(mount, "data", "a/b").unwrap(), "secret/data/a/b");
        }
        assert_eq!(below("team/kv", "metadata", "").unwrap(), "team/kv/metadata/");
    }

    #[test]
    fn without_a_mount_there_is_no_path() {
        for mount in ["", "/"] {
            assert_eq!(below(mount, "data", "sys/x").unwrap_err().public, ["the mount is missing"]);
        }
    }
}
