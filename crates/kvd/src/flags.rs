//! The flags of `kvd server`: the table of them, and what was typed.

use crate::config::{ConfigError, Layer, Place};
use kvd_cli::flags::{self, Flag, FlagGroup};
use std::path::PathBuf;
use thiserror::Error;

/// What was asked for on the command line.
#[derive(Debug)]
pub struct ServerFlags {
    /// Files and folders to read the configuration from.
    pub config: Vec<PathBuf>,
    /// The development server, when it was asked for.
    pub dev: Option<DevFlags>,
    /// Settings that are also flags.
    pub settings: Layer,
}

/// What a development server is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DevFlags {
    /// The root token; made at random when it is not given.
    pub root_token_id: Option<String>,
    /// Where it listens.
    pub listen_address: Option<String>,
    /// Whether the root token is kept out of the user's token file.
    pub no_store_token: bool,
    /// Whether it speaks TLS with a certificate made for the occasion.
    pub tls: bool,
    /// Where that certificate is put.
    pub tls_cert_dir: Option<PathBuf>,
    /// Whether `secret/` is version 1.
    pub kv_v1: bool,
}

/// Why the command line cannot be followed.
#[derive(Debug, Error)]
pub enum FlagError {
    /// There is no such flag, or its value is none.
    #[error("{0}")]
    Usage(String),
    /// There are no arguments besides flags.
    #[error("Too many arguments (expected 0)")]
    Argument,
    /// A setting among the flags is wrong.
    #[error(transparent)]
    Setting(#[from] ConfigError),
}

const CONFIG: Flag =
    Flag::list("config", "A file or folder to read the configuration from. It can be given several times.");
const DEV: Flag =
    Flag::switch("dev", "Start a development server: in memory, unsealed, with a known root token.");
const DEV_KV_V1: Flag = Flag::switch("dev-kv-v1", "Make secret/ of the development server version 1.");
const DEV_LISTEN_ADDRESS: Flag =
    Flag::text("dev-listen-address", "Where the development server listens. The default is 127.0.0.1:8200.")
        .setting("DEV_LISTEN_ADDRESS");
const DEV_NO_STORE_TOKEN: Flag =
    Flag::switch("dev-no-store-token", "Do not keep the root token for the command line.");
const DEV_ROOT_TOKEN_ID: Flag = Flag::text(
    "dev-root-token-id",
    "The root token of the development server. Without the flag it is random.",
)
.setting("DEV_ROOT_TOKEN_ID");
const DEV_TLS: Flag =
    Flag::switch("dev-tls", "Start a development server with TLS and a certificate made for the occasion.");
const DEV_TLS_CERT_DIR: Flag = Flag::text("dev-tls-cert-dir", "The folder for that certificate.");

/// Flags that are settings of configuration files under another name.
const SETTINGS: [(&str, &str); 3] =
    [("log-file", "log_file"), ("log-format", "log_format"), ("log-level", "log_level")];

/// The flags of the server, for its help too. Those without a text are understood so that existing commands work.
pub static GROUPS: [&FlagGroup; 2] = [
    &FlagGroup {
        title: "Command Options",
        flags: &[
            CONFIG,
            Flag::text("log-file", "Where log lines go besides the standard error."),
            Flag::text("log-format", "How log lines look: \"standard\" or \"json\"."),
            Flag::text("log-level", "The least important lines that are written: \"trace\" to \"error\"."),
            Flag::switch("combine-logs", "").hidden(),
            Flag::switch("exit-on-core-shutdown", "").hidden(),
            Flag::text("log-rotate-bytes", "").hidden(),
            Flag::text("log-rotate-duration", "").hidden(),
            Flag::text("log-rotate-max-files", "").hidden(),
        ],
    },
    &FlagGroup {
        title: "Dev Options",
        flags: &[
            DEV,
            DEV_KV_V1,
            DEV_LISTEN_ADDRESS,
            DEV_NO_STORE_TOKEN,
            DEV_ROOT_TOKEN_ID,
            DEV_TLS,
            DEV_TLS_CERT_DIR,
        ],
    },
];

impl ServerFlags {
    /// Reads what follows `kvd server`.
    ///
    /// # Errors
    /// The first argument that is not as it should be.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, FlagError> {
        let (typed, result) = flags::parse(&GROUPS, arguments.into_iter().collect());
        result.map_err(FlagError::Usage)?;
        if !typed.positional.is_empty() {
            return Err(FlagError::Argument);
        }
        let mut settings = Layer::new("flags");
        for (flag, setting) in SETTINGS {
            let flag = Flag::text(flag, "");
            if typed.has(&flag) {
                settings.set(setting, typed.text(&flag), Place::Flag(flag.name))?;
            }
        }
        let text = |flag: &Flag| Some(typed.text(flag)).filter(|text| !text.is_empty()).map(str::to_owned);
        let dev = (typed.bool(&DEV) || typed.bool(&DEV_TLS)).then(|| DevFlags {
            root_token_id: text(&DEV_ROOT_TOKEN_ID),
            listen_address: text(&DEV_LISTEN_ADDRESS),
            no_store_token: typed.bool(&DEV_NO_STORE_TOKEN),
            tls: typed.bool(&DEV_TLS),
            tls_cert_dir: text(&DEV_TLS_CERT_DIR).map(PathBuf::from),
            kv_v1: typed.bool(&DEV_KV_V1),
        });
        Ok(Self { config: typed.list(&CONFIG).iter().map(PathBuf::from).collect(), dev, settings })
    }
}

impl DevFlags {
    /// Takes what was not typed from the environment variables of these names, without their prefix.
    pub fn complete(&mut self, variable: impl Fn(&str) -> Option<String>) {
        self.root_token_id = self.root_token_id.take().or_else(|| variable("DEV_ROOT_TOKEN_ID"));
        self.listen_address = self.listen_address.take().or_else(|| variable("DEV_LISTEN_ADDRESS"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<ServerFlags, FlagError> {
        ServerFlags::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn flags_are_read_in_every_spelling_of_go() {
        let wanted = DevFlags {
            root_token_id: Some("root".into()),
            listen_address: Some("127.0.0.1:1".into()),
            no_store_token: true,
            ..DevFlags::default()
        };
        for arguments in [
            &["-dev", "-dev-root-token-id=root", "-dev-no-store-token", "-dev-listen-address=127.0.0.1:1"][..],
            &[
                "--dev=true",
                "--dev-root-token-id",
                "root",
                "-dev-no-store-token=1",
                "-dev-listen-address",
                "127.0.0.1:1",
            ],
        ] {
            assert_eq!(parse(arguments).unwrap().dev.unwrap(), wanted, "{arguments:?}");
        }
        let flags =
            parse(&["-config=a", "-config", "b", "-log-level=debug", "-exit-on-core-shutdown"]).unwrap();
        assert_eq!(flags.config, [PathBuf::from("a"), PathBuf::from("b")]);
        assert!(flags.dev.is_none());
        assert!(parse(&["-dev-tls"]).unwrap().dev.unwrap().tls);
        assert!(parse(&["-dev=false", "-dev-root-token-id=root"]).unwrap().dev.is_none());
    }

    #[test]
    fn variables_stand_in_for_what_was_not_typed() {
        let mut dev = DevFlags { root_token_id: Some("typed".into()), ..DevFlags::default() };
        dev.complete(|name| Some(name.to_owned()));
        assert_eq!(dev.root_token_id.as_deref(), Some("typed"));
        assert_eq!(dev.listen_address.as_deref(), Some("DEV_LISTEN_ADDRESS"));
    }

    #[test]
    fn what_is_no_flag_is_refused_by_name_but_not_by_value() {
        for (arguments, wanted) in [
            (&["-nope=hunter2"][..], "flag provided but not defined: -nope"),
            (&["-config"], "flag needs an argument: -config"),
            (&["-dev=maybe"], "invalid boolean value \"maybe\" for -dev"),
            (&["start"], "Too many arguments (expected 0)"),
            (&["-log-level=hunter2"], "flag -log-level: log_level wants one of"),
        ] {
            let error = parse(arguments).unwrap_err().to_string();
            assert!(error.starts_with(wanted) && !error.contains("hunter2"), "{error}");
        }
    }
}
