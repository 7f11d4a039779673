//! The flags of `kvd server`, in the manner of Go's `flag` package.

use crate::config::{ConfigError, Layer, Place};
use std::{fmt::Write as _, path::PathBuf};
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
    /// There is no such flag.
    #[error("flag provided but not defined: -{0}")]
    Unknown(String),
    /// The flag has no value.
    #[error("flag needs an argument: -{0}")]
    NoValue(&'static str),
    /// The flag is on or off.
    #[error("invalid boolean value for -{0}: use true or false")]
    NotBoolean(&'static str),
    /// There are no arguments besides flags.
    #[error("Too many arguments (expected 0)")]
    Argument,
    /// A setting among the flags is wrong.
    #[error(transparent)]
    Setting(#[from] ConfigError),
}

/// What a flag does.
#[derive(Clone, Copy)]
enum Does {
    Config,
    /// Sets a setting of configuration files.
    Setting(&'static str),
    Dev(Dev),
    DevText(DevText),
    /// Understood so that existing commands work.
    Nothing,
    /// The same, with a value.
    NothingWithValue,
}

/// The switches of a development server.
#[derive(Clone, Copy)]
enum Dev {
    On,
    NoStoreToken,
    Tls,
    KvV1,
}

/// The texts of a development server.
#[derive(Clone, Copy)]
enum DevText {
    RootTokenId,
    ListenAddress,
    TlsCertDir,
}

const FLAGS: [(&str, Does, &str); 16] = [
    ("config", Does::Config, "A file or folder to read the configuration from; can be given several times."),
    ("dev", Does::Dev(Dev::On), "Starts a development server: in memory, unsealed, with a known root token."),
    ("dev-kv-v1", Does::Dev(Dev::KvV1), "Makes secret/ of the development server version 1."),
    ("dev-listen-address", Does::DevText(DevText::ListenAddress), "Where the development server listens."),
    ("dev-no-store-token", Does::Dev(Dev::NoStoreToken), "Keeps the root token out of ~/.vault-token."),
    ("dev-root-token-id", Does::DevText(DevText::RootTokenId), "The root token of the development server."),
    ("dev-tls", Does::Dev(Dev::Tls), "A development server with TLS and a certificate of its own."),
    ("dev-tls-cert-dir", Does::DevText(DevText::TlsCertDir), "Where that certificate is put."),
    ("log-file", Does::Setting("log_file"), "Where log lines go besides the standard error."),
    ("log-format", Does::Setting("log_format"), "How log lines look: standard or json."),
    ("log-level", Does::Setting("log_level"), "The least important lines that are written."),
    ("exit-on-core-shutdown", Does::Nothing, ""),
    ("combine-logs", Does::Nothing, ""),
    ("log-rotate-bytes", Does::NothingWithValue, ""),
    ("log-rotate-duration", Does::NothingWithValue, ""),
    ("log-rotate-max-files", Does::NothingWithValue, ""),
];

impl ServerFlags {
    /// Reads what follows `kvd server`.
    ///
    /// Flags have one dash or two; a switch takes a value only behind `=`, anything else takes it there or as the
    /// next argument.
    ///
    /// # Errors
    /// The first argument that is not as it should be.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, FlagError> {
        let mut flags = Self { config: Vec::new(), dev: None, settings: Layer::new("flags") };
        let mut dev = DevFlags::default();
        let mut dev_on = false;
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let Some(written) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else {
                return Err(FlagError::Argument);
            };
            let (name, value) = match written.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (written, None),
            };
            let Some((name, does, _)) = FLAGS.iter().find(|(known, ..)| *known == name) else {
                return Err(FlagError::Unknown(
                    name.chars().filter(char::is_ascii_graphic).take(64).collect(),
                ));
            };
            let mut text = || value.clone().or_else(|| arguments.next()).ok_or(FlagError::NoValue(name));
            match does {
                Does::Config => flags.config.push(text()?.into()),
                Does::Setting(setting) => flags.settings.set(setting, &text()?, Place::Flag(name))?,
                Does::Dev(which) => {
                    let on = switch(name, value.as_deref())?;
                    match which {
                        Dev::On => dev_on = on,
                        Dev::NoStoreToken => dev.no_store_token = on,
                        Dev::Tls => (dev.tls, dev_on) = (on, dev_on || on),
                        Dev::KvV1 => dev.kv_v1 = on,
                    }
                }
                Does::DevText(which) => {
                    let text = Some(text()?).filter(|text| !text.is_empty());
                    match which {
                        DevText::RootTokenId => dev.root_token_id = text,
                        DevText::ListenAddress => dev.listen_address = text,
                        DevText::TlsCertDir => dev.tls_cert_dir = text.map(PathBuf::from),
                    }
                }
                Does::Nothing => _ = switch(name, value.as_deref())?,
                Does::NothingWithValue => _ = text()?,
            }
        }
        flags.dev = dev_on.then_some(dev);
        Ok(flags)
    }
}

impl DevFlags {
    /// Takes what was not typed from the environment variables of these names, without their prefix.
    pub fn complete(&mut self, variable: impl Fn(&str) -> Option<String>) {
        self.root_token_id = self.root_token_id.take().or_else(|| variable("DEV_ROOT_TOKEN_ID"));
        self.listen_address = self.listen_address.take().or_else(|| variable("DEV_LISTEN_ADDRESS"));
    }
}

fn switch(name: &'static str, value: Option<&str>) -> Result<bool, FlagError> {
    match value {
        None | Some("true" | "1" | "t" | "T" | "TRUE" | "True") => Ok(true),
        Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Ok(false),
        Some(_) => Err(FlagError::NotBoolean(name)),
    }
}

/// What the flags do, for the help of `kvd server`.
pub fn help() -> String {
    let mut text = String::from("Server Options:\n");
    for (name, does, about) in FLAGS.iter().filter(|(.., about)| !about.is_empty()) {
        let value = if matches!(does, Does::Dev(_)) { "" } else { "=<string>" };
        _ = write!(text, "\n  -{name}{value}\n      {about}\n");
    }
    text
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
            (&["-dev=hunter2"], "invalid boolean value for -dev: use true or false"),
            (&["start"], "Too many arguments (expected 0)"),
            (&["-log-level=hunter2"], "flag -log-level: log_level wants one of"),
        ] {
            let error = parse(arguments).unwrap_err().to_string();
            assert!(error.starts_with(wanted) && !error.contains("hunter2"), "{error}");
        }
    }
}
