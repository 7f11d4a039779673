//! The lines that shells need, and the start-up files they go into.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    environment::Environment,
    failure::{SUCCESS, USAGE},
    output::Screen,
};

/// What a shell evaluates to complete the commands of the program; none for a shell that is not known.
pub(crate) fn script(shell: &str, program: &str) -> Option<String> {
    match shell {
        "bash" => Some(format!("complete -o default -C {program} {program}")),
        "zsh" => Some(format!(
            "autoload -U +X compinit && compinit && autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -C {program} {program}"
        )),
        "fish" => Some(format!(
            "function __complete_{program}\n    set -lx COMP_LINE (commandline -cp)\n    test -z (commandline -ct)\n    \
             and set COMP_LINE \"$COMP_LINE \"\n    {program}\nend\ncomplete -c {program} -a \"(__complete_{program})\""
        )),
        _ => None,
    }
}

/// The start-up files of shells below a home folder, each with the shell that reads it.
fn files(home: &Path) -> [(&'static str, PathBuf); 3] {
    [
        ("bash", home.join(".bashrc")),
        ("zsh", home.join(".zshrc")),
        ("fish", home.join(".config/fish/config.fish")),
    ]
}

/// What a flag wants done to the start-up files. Vault has these flags instead of a command.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Install,
    Uninstall,
}

impl Change {
    /// The change that a flag stands for.
    pub(crate) fn of_flag(word: &str) -> Option<Self> {
        match word.strip_prefix("--").or_else(|| word.strip_prefix('-'))? {
            "autocomplete-install" => Some(Self::Install),
            "autocomplete-uninstall" => Some(Self::Uninstall),
            _ => None,
        }
    }

    /// Makes the change and says what was changed; the exit status.
    pub(crate) fn apply(self, screen: &mut Screen<'_>, environment: &Environment, program: &str) -> u8 {
        let Some(home) = environment.home() else {
            screen.error("There is no home folder with the start-up files of a shell.");
            return USAGE;
        };
        let changed = match self {
            Self::Install => install(&home, program),
            Self::Uninstall => uninstall(&home, program),
        };
        match changed {
            Ok(changed) if changed.is_empty() => {
                screen.error(
                    "Nothing was changed: it is so already, or there is no start-up file of bash, zsh or fish.",
                );
                USAGE
            }
            Ok(changed) => {
                for path in changed {
                    screen.line(format!(
                        "Changed {}. It counts in shells that start from here on.",
                        path.display()
                    ));
                }
                SUCCESS
            }
            Err(error) => {
                screen.error(format!("The start-up files of the shells cannot be changed: {}", error.kind()));
                USAGE
            }
        }
    }
}

/// Adds completion to the start-up files that are there; which were changed.
///
/// # Errors
/// When one cannot be read or written.
fn install(home: &Path, program: &str) -> io::Result<Vec<PathBuf>> {
    change(home, program, |text, script| {
        (!text.contains(script)).then(|| {
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            format!("{text}{gap}{script}\n")
        })
    })
}

/// Takes completion out of the start-up files; which were changed.
///
/// # Errors
/// As [`install`].
fn uninstall(home: &Path, program: &str) -> io::Result<Vec<PathBuf>> {
    change(home, program, |text, script| {
        text.contains(script).then(|| text.replace(&format!("{script}\n"), "").replace(script, ""))
    })
}

fn change(
    home: &Path,
    program: &str,
    changed: impl Fn(&str, &str) -> Option<String>,
) -> io::Result<Vec<PathBuf>> {
    let mut files_changed = Vec::new();
    for (shell, path) in files(home) {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let Some(script) = script(shell, program) else { continue };
        if let Some(text) = changed(&text, &script) {
            // Written in place, because a start-up file is often a link into somebody's collection of them.
            let mut file = fs::OpenOptions::new().write(true).truncate(true).open(&path)?;
            file.write_all(text.as_bytes())?;
            files_changed.push(path);
        }
    }
    Ok(files_changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_up_files_that_are_there_are_changed_once_and_back() {
        let home = tempfile::tempdir().unwrap();
        let bashrc = home.path().join(".bashrc");
        fs::write(&bashrc, "alias k=kvd").unwrap();
        assert_eq!(install(home.path(), "kvd").unwrap(), std::slice::from_ref(&bashrc));
        assert_eq!(fs::read_to_string(&bashrc).unwrap(), "alias k=kvd\ncomplete -o default -C kvd kvd\n");
        assert!(install(home.path(), "kvd").unwrap().is_empty());
        assert_eq!(uninstall(home.path(), "kvd").unwrap(), std::slice::from_ref(&bashrc));
        assert_eq!(fs::read_to_string(&bashrc).unwrap(), "alias k=kvd\n");
        assert!(!home.path().join(".zshrc").exists());
    }

    #[test]
    fn each_shell_is_told_to_ask_the_program() {
        for shell in ["bash", "zsh", "fish"] {
            assert!(script(shell, "vault").unwrap().contains("vault"), "{shell}");
        }
        assert!(script("cmd", "vault").is_none());
    }
}
