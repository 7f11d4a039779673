//! The name the program was called by, which decides how it speaks of itself.

use std::{ffi::OsStr, path::Path};

/// What the program calls itself in usage lines, advice and `version`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Program {
    /// Called `kvd`, or anything that is not `vault`.
    Kvd,
    /// Linked as `vault`, so that scripts written for it run unchanged.
    Vault,
}

impl Program {
    /// Reads the name from the first argument of the process.
    #[must_use]
    pub fn from_argument_zero(argument: &OsStr) -> Self {
        match Path::new(argument).file_stem() {
            Some(stem) if stem == "vault" => Self::Vault,
            Some(_) | None => Self::Kvd,
        }
    }

    /// The name as it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kvd => "kvd",
            Self::Vault => "vault",
        }
    }

    /// The prefix of environment variables, as shown in advice.
    #[must_use]
    pub const fn variable_prefix(self) -> &'static str {
        match self {
            Self::Kvd => "KVD_",
            Self::Vault => "VAULT_",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_named_vault_speaks_as_vault() {
        let cases = [
            ("vault", Program::Vault),
            ("/usr/bin/vault", Program::Vault),
            ("vault.exe", Program::Vault),
            ("kvd", Program::Kvd),
            ("/opt/vault/kvd", Program::Kvd),
            ("vaults", Program::Kvd),
            ("", Program::Kvd),
        ];
        for (argument, expected) in cases {
            assert_eq!(Program::from_argument_zero(OsStr::new(argument)), expected, "{argument}");
        }
    }
}
