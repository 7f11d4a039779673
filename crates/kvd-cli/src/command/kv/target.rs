//! Where a secret is: in which mount, of which version, at which path.

use serde_json::Value;

use crate::{
    client::{Client, ClientError, Request, clean},
    command::trimmed,
    failure::Failure,
};

/// The two versions of the key-value store, whose paths differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    One,
    Two,
}

/// A secret, or a folder of secrets, in a mount.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// The path of the mount, without slashes around it.
    mount: String,
    /// The path within the mount.
    path: String,
    pub(crate) version: Version,
}

impl Target {
    /// Asks the server which mount a path belongs to and which version it has.
    ///
    /// # Errors
    /// When the server does not say.
    pub(crate) fn resolve(client: &Client, mount: &str, argument: &str) -> Result<Self, Failure> {
        let (mount, argument) = (trimmed(mount), trimmed(argument));
        let asked = if mount.is_empty() { argument } else { mount };
        let answer = match client.prepare(Request::get(format!("sys/internal/ui/mounts/{asked}"))) {
            Ok(answer) => answer,
            // Servers from before the endpoint know only version 1.
            Err(ClientError::Api(error)) if error.status == 404 => {
                return Ok(Self::located("", mount, argument, Version::One));
            }
            Err(ClientError::Api(error)) if error.status == 403 && client.rehearses() => {
                return Err(Failure::server(format!(
                    "This output flag requires the success of a preflight request\n\
                     that finds out the version of the key-value store. Please use a token that\n\
                     may read {asked}; in version 2 that is a rule for 'mount/data/path'."
                )));
            }
            Err(error) => return Err(error.into()),
        };
        let data = answer.and_then(|secret| secret.data).unwrap_or_default();
        let found = data.get("path").and_then(Value::as_str).unwrap_or_default();
        let version = match data.get("options").and_then(|options| options.get("version")) {
            Some(Value::String(version)) if version == "2" => Version::Two,
            Some(_) | None => Version::One,
        };
        Ok(Self::located(trimmed(found), mount, argument, version))
    }

    /// `found` is the mount as the server calls it, `given` as the flag does.
    fn located(found: &str, given: &str, argument: &str, version: Version) -> Self {
        if !given.is_empty() {
            let mount = if found.is_empty() { given } else { found };
            return Self { mount: mount.to_owned(), path: argument.to_owned(), version };
        }
        // The server's name of the mount may begin with namespaces that the argument leaves out.
        let mut candidate = found;
        loop {
            let below = argument.strip_prefix(candidate).filter(|_| !candidate.is_empty());
            if let Some(path) = below.filter(|path| path.is_empty() || path.starts_with('/')) {
                return Self { mount: candidate.to_owned(), path: trimmed(path).to_owned(), version };
            }
            match candidate.split_once('/') {
                Some((_, rest)) => candidate = rest,
                None => return Self { mount: found.to_owned(), path: argument.to_owned(), version },
            }
        }
    }

    /// A secret below this folder.
    pub(crate) fn below(&self, name: &str) -> Self {
        Self { mount: self.mount.clone(), path: joined(&[&self.path, name]), version: self.version }
    }

    /// The path of a request: version 2 has a section such as `data` between mount and secret, version 1 has none.
    pub(crate) fn at(&self, section: &str) -> String {
        match self.version {
            Version::One if self.mount.is_empty() => self.path.clone(),
            Version::One => joined(&[&self.mount, &self.path]),
            Version::Two => joined(&[&self.mount, section, &self.path]),
        }
    }
}

/// Joins parts of a path and takes the shortest form with that meaning.
fn joined(parts: &[&str]) -> String {
    clean(&parts.join("/")).trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_at_their_mount() {
        for (found, given, argument, expected) in [
            ("secret", "", "secret/a/b", "secret/data/a/b"),
            ("secret", "", "secret", "secret/data"),
            ("secret", "", "secret/data/a", "secret/data/data/a"),
            ("secret", "secret", "a", "secret/data/a"),
            ("secret", "secret", "", "secret/data"),
            ("secret", "", "secret/a/../b//c", "secret/data/b/c"),
            ("deep/er", "", "deep/er/a", "deep/er/data/a"),
            ("team/kv", "", "kv/a", "kv/data/a"),
            ("team/kv", "kv", "a", "team/kv/data/a"),
            ("kv", "", "kvx/a", "kv/data/kvx/a"),
        ] {
            let target = Target::located(found, given, argument, Version::Two);
            assert_eq!(target.at("data"), expected, "{found} {given} {argument}");
        }
    }

    #[test]
    fn version_one_has_no_sections() {
        assert_eq!(Target::located("one", "", "one/a", Version::One).at("data"), "one/a");
        assert_eq!(Target::located("", "one", "a", Version::One).at("data"), "one/a");
        assert_eq!(Target::located("", "", "one/a", Version::One).at("data"), "one/a");
    }
}
