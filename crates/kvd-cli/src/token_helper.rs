//! Where the token is kept between commands: a file, or a program that keeps it.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use zeroize::Zeroizing;

use crate::environment::Environment;

/// What keeps the token.
pub(crate) enum TokenHelper {
    /// A file that only its owner can read.
    File(PathBuf),
    /// A program that is called with `get`, `store` or `erase`, and told the server's address.
    Program { path: PathBuf, address: String },
}

/// Keeps a token for later commands, as `login` does; for a server that makes one for its user.
///
/// # Errors
/// When there is nowhere to keep it.
pub fn store_token(environment: &Environment, address: &str, token: &str) -> Result<(), String> {
    TokenHelper::find(environment, address)?.store(token)
}

impl TokenHelper {
    /// The helper named in the user's configuration, or else the token file.
    ///
    /// # Errors
    /// When the configured program does not exist, or there is no home folder for the file.
    pub(crate) fn find(environment: &Environment, address: &str) -> Result<Self, String> {
        if let Some(path) = configured(environment) {
            let path = std::path::absolute(&path).unwrap_or(path);
            if !path.exists() {
                return Err(format!("the token helper {} does not exist", path.display()));
            }
            return Ok(Self::Program { path, address: address.to_owned() });
        }
        match environment.setting("TOKEN_PATH") {
            Some(path) => Ok(Self::File(environment.expand(path))),
            None => {
                let home = environment.home().ok_or("there is no home folder for the token file")?;
                Ok(Self::File(home.join(".vault-token")))
            }
        }
    }

    /// The stored token; empty when there is none.
    ///
    /// # Errors
    /// When the file cannot be read, or the program fails.
    pub(crate) fn get(&self) -> Result<Zeroizing<String>, String> {
        match self {
            Self::File(path) => match fs::read_to_string(path).map(Zeroizing::new) {
                Ok(text) => Ok(Zeroizing::new(text.trim().to_owned())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Zeroizing::default()),
                Err(error) => Err(format!("{}: {}", path.display(), error.kind())),
            },
            Self::Program { .. } => {
                let text = self.call("get", None)?;
                Ok(Zeroizing::new(text.trim().to_owned()))
            }
        }
    }

    /// Stores a token.
    ///
    /// # Errors
    /// When the file cannot be written, or the program fails.
    pub(crate) fn store(&self, token: &str) -> Result<(), String> {
        match self {
            Self::File(path) => {
                write_private(path, token).map_err(|error| format!("{}: {}", path.display(), error.kind()))
            }
            Self::Program { .. } => self.call("store", Some(token)).map(|_| ()),
        }
    }

    fn call(&self, operation: &str, stdin: Option<&str>) -> Result<Zeroizing<String>, String> {
        let Self::Program { path, address } = self else { return Ok(Zeroizing::default()) };
        let failed = |why: String| format!("the token helper {}: {why}", path.display());
        let mut child = Command::new(path)
            .arg(operation)
            .env("VAULT_ADDR", address)
            .env("KVD_ADDR", address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.kind().to_string()))?;
        if let Some(mut pipe) = child.stdin.take() {
            // A helper that does not read what it is given fails by its own exit status.
            let _ = pipe.write_all(stdin.unwrap_or_default().as_bytes());
        }
        let output = child.wait_with_output().map_err(|error| failed(error.kind().to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let text =
            String::from_utf8(output.stdout).map_err(|_| failed("its answer is not UTF-8".to_owned()))?;
        Ok(Zeroizing::new(text))
    }
}

/// The program named by `token_helper = "…"` in the user's configuration file.
fn configured(environment: &Environment) -> Option<PathBuf> {
    let file = match environment.setting("CONFIG_PATH") {
        Some(path) => environment.expand(path),
        None => environment.home()?.join(".vault"),
    };
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| {
        let value = line.trim().strip_prefix("token_helper")?.trim().strip_prefix('=')?;
        value.trim().strip_prefix('"')?.split('"').next()
    })?;
    (!value.is_empty()).then(|| environment.expand(value))
}

/// Writes a file beside its name and moves it there, so that no reader sees half a token.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::of_pairs(pairs.iter().copied())
    }

    #[test]
    fn a_stored_token_is_read_back_by_its_owner_only() {
        let home = tempfile::tempdir().unwrap();
        let helper = TokenHelper::find(&environment(&[("HOME", home.path().to_str().unwrap())]), "").unwrap();
        assert_eq!(helper.get().unwrap().as_str(), "");
        helper.store("hvs.one").unwrap();
        helper.store("hvs.two").unwrap();
        assert_eq!(helper.get().unwrap().as_str(), "hvs.two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(home.path().join(".vault-token")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn the_file_can_be_elsewhere_and_its_line_end_is_no_part_of_the_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "root\n").unwrap();
        let helper =
            TokenHelper::find(&environment(&[("VAULT_TOKEN_PATH", path.to_str().unwrap())]), "").unwrap();
        assert_eq!(helper.get().unwrap().as_str(), "root");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_can_keep_the_token() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("helper");
        let kept = home.path().join("kept");
        let script = format!(
            "#!/bin/sh\ncase $1 in\n  get) cat '{0}' ;;\n  store) cat > '{0}'; echo \"$VAULT_ADDR\" >> '{0}.address' ;;\nesac\n",
            kept.display()
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(home.path().join(".vault"), format!("# mine\ntoken_helper = \"{}\"\n", program.display()))
            .unwrap();

        let environment = environment(&[("HOME", home.path().to_str().unwrap())]);
        let helper = TokenHelper::find(&environment, "http://h").unwrap();
        helper.store("hvs.kept").unwrap();
        assert_eq!(helper.get().unwrap().as_str(), "hvs.kept");
        assert_eq!(fs::read_to_string(home.path().join("kept.address")).unwrap(), "http://h\n");
    }
}
