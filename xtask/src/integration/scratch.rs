//! The folder that clients are installed into, and kvd under the name that they call it by.

use crate::shell;
use anyhow::{Context as _, Result};
use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

/// A folder that outlives a run, so that the next one finds what was downloaded.
pub(crate) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Makes the folder, with kvd in it under the name `vault`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn prepare() -> Result<Self> {
        let scratch = Self { folder: shell::target().join("integration") };
        let programs = scratch.folder("bin")?;
        let vault = programs.join("vault");
        match fs::remove_file(&vault) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).context("the old link cannot be removed");
            }
            Ok(()) | Err(_) => {}
        }
        symlink(shell::target().join("debug/kvd"), &vault)?;
        Ok(scratch)
    }

    /// A folder of this name, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    }

    /// kvd, called as `vault`.
    pub(crate) fn vault(&self) -> PathBuf {
        self.folder.join("bin/vault")
    }

    /// A command that finds kvd when it calls `vault`, and nothing of the caller's own Vault settings.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let old = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(self.folder.join("bin")).chain(std::env::split_paths(&old));
        if let Ok(paths) = std::env::join_paths(paths) {
            command.env("PATH", paths);
        }
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("VAULT_") || name.starts_with("KVD_") {
                command.env_remove(&*name);
            }
        }
        // Without the second, what Go downloads cannot be removed by whoever removes this folder.
        command.env("GOPATH", self.folder.join("go")).env("GOFLAGS", "-modcacherw");
        command
    }

    /// A home folder without anybody's token file, for programs that would look for one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn home(&self) -> Result<PathBuf> {
        self.folder("home")
    }

    /// Runs a command that prepares something, with its output on ours.
    ///
    /// # Errors
    /// When it cannot be started, or fails.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let shown = format!("{command:?}");
        let status = command.status().with_context(|| format!("{shown} cannot be started"))?;
        anyhow::ensure!(status.success(), "{shown} failed");
        Ok(())
    }

    /// Python with these packages, in an environment of its own. Packages are named with their versions.
    ///
    /// # Errors
    /// When there is no Python, or a package cannot be installed.
    pub(crate) fn python(&self, packages: &[&str]) -> Result<PathBuf> {
        let environment = self.folder.join("python");
        let python = environment.join("bin/python");
        if !python.exists() {
            self.run(self.command("python3").args(["-m", "venv"]).arg(&environment))?;
        }
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        self.run(self.command(&python).args(install).args(packages))?;
        Ok(python)
    }
}
