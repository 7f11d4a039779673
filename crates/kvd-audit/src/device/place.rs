//! Where audit files may lie.
//!
//! Whoever may set up a device chooses a path and, in part, what is written there. Without limits that is a way to
//! plant a program or a configuration file, so some folders are out of bounds however they are spelled.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Component, Path, PathBuf},
};

/// Limits for devices, from the server's configuration.
#[derive(Clone, Debug)]
pub struct DeviceRules {
    /// Whether a device may put a text in front of each line.
    pub allow_prefix: bool,
    /// Folders that files must lie in; anywhere that is not forbidden when empty.
    pub folders: Vec<PathBuf>,
    /// Folders that files must not lie in.
    pub forbidden: Vec<PathBuf>,
}

impl Default for DeviceRules {
    /// No prefix; anywhere but where programs, their configuration and the kernel's files lie.
    fn default() -> Self {
        let system = [
            "/bin",
            "/boot",
            "/etc",
            "/lib",
            "/lib32",
            "/lib64",
            "/proc",
            "/sbin",
            "/sys",
            "/usr/bin",
            "/usr/lib",
            "/usr/lib32",
            "/usr/lib64",
            "/usr/libexec",
            "/usr/local/bin",
            "/usr/local/lib",
            "/usr/local/sbin",
            "/usr/sbin",
        ];
        let own = std::env::current_exe().and_then(|exe| exe.canonicalize()).ok();
        let own = own.as_deref().and_then(Path::parent).map(Path::to_path_buf);
        Self {
            allow_prefix: false,
            folders: Vec::new(),
            forbidden: system.iter().map(PathBuf::from).chain(own).collect(),
        }
    }
}

impl DeviceRules {
    fn allow(&self, path: &Path) -> bool {
        let below = |folders: &[PathBuf]| {
            folders.iter().any(|f| path.starts_with(f) || f.canonicalize().is_ok_and(|f| path.starts_with(f)))
        };
        !below(&self.forbidden) && (self.folders.is_empty() || below(&self.folders))
    }
}

/// The place that `path` really names, with its parent folders made, if the rules allow it.
///
/// Links among the parents are followed before the rules are asked; that the last name is none is up to the opening.
pub(super) fn settle(path: &Path, rules: &DeviceRules) -> io::Result<PathBuf> {
    let refuse = |why| io::Error::new(io::ErrorKind::PermissionDenied, why);
    let path = std::path::absolute(path)?;
    if path.components().any(|c| c == Component::ParentDir) {
        return Err(refuse("the path contains .."));
    }
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(refuse("the path names no file"));
    };
    let parent = real(parent)?;
    let place = parent.join(name);
    if !rules.allow(&place) {
        return Err(refuse("audit files are not allowed in this folder"));
    }
    DirBuilder::new().recursive(true).mode(0o750).create(&parent).map_err(|error| {
        // A file stands where a folder should; the bare error would say that it exists, as if that were the trouble.
        let blocked = error.kind() == io::ErrorKind::AlreadyExists;
        if blocked { io::ErrorKind::NotADirectory.into() } else { error }
    })?;
    Ok(place)
}

/// `folder` with the links in it followed; what does not exist of it is kept as it is.
fn real(folder: &Path) -> io::Result<PathBuf> {
    for existing in folder.ancestors() {
        match existing.canonicalize() {
            Ok(base) => {
                return Ok(folder.strip_prefix(existing).map_or(base.clone(), |rest| base.join(rest)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(folder.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn v090_v091_folders_of_programs_and_settings_are_out_of_bounds_in_every_spelling() {
        let home = tempfile::tempdir().unwrap();
        symlink("/etc", home.path().join("link")).unwrap();
        let exe = std::env::current_exe().unwrap();
        let linked = home.path().join("link/cron.d/x");
        let dotted = home.path().join("../../etc/x");
        for path in [
            Path::new("/etc/cron.d/x"),
            Path::new("/etc/x"),
            Path::new("/proc/self/mem"),
            Path::new("/proc/self/fd/1"),
            Path::new("/dev/fd/1"),
            Path::new("/usr/bin/x"),
            Path::new("/bin/x"),
            Path::new("/"),
            &exe.with_file_name("x"),
            &linked,
            &dotted,
        ] {
            let refused = settle(path, &DeviceRules::default()).map_err(|e| e.kind());
            assert_eq!(refused, Err(io::ErrorKind::PermissionDenied), "{}", path.display());
        }
    }

    #[test]
    fn parents_are_made_and_links_among_them_followed() {
        let home = tempfile::tempdir().unwrap();
        let base = home.path().canonicalize().unwrap();
        std::fs::create_dir(base.join("real")).unwrap();
        symlink(base.join("real"), base.join("link")).unwrap();
        let place = settle(&base.join("link/a/b/audit.log"), &DeviceRules::default()).unwrap();
        assert_eq!(place, base.join("real/a/b/audit.log"));
        assert!(base.join("real/a/b").is_dir());
    }

    #[test]
    fn with_a_list_of_folders_only_those_are_allowed() {
        let home = tempfile::tempdir().unwrap();
        let rules = DeviceRules { folders: vec![home.path().join("logs")], ..DeviceRules::default() };
        assert!(settle(&home.path().join("logs/x"), &rules).is_ok());
        assert!(settle(&home.path().join("other/x"), &rules).is_err());
        assert!(!home.path().join("other").exists());
    }
}
