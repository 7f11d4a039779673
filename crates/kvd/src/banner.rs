//! What the server prints when it starts, for people and for scripts that wait for it.
//!
//! Scripts look for lines as Vault prints them (`Root Token: …`, `server started!`), so those stand here letter by
//! letter.

use crate::{config::Listener, flags::DevFlags};
use kvd_core::DevVault;
use std::{fmt::Write as _, net::SocketAddr};

/// What the configuration came to.
pub struct Overview<'a> {
    /// The address that others reach the server at.
    pub api_addr: &'a str,
    /// The listeners, and where each is bound.
    pub listeners: Vec<(&'a Listener, SocketAddr)>,
    /// The address that other members of a cluster would reach the server at; none where it is not set.
    pub cluster_addr: Option<&'a str>,
    /// The least important log lines that are written.
    pub log_level: &'a str,
    /// Whether all memory is locked, so that nothing of it can reach a swap disk.
    pub mlock: bool,
    /// What the store is called.
    pub storage: &'a str,
    /// The version of Vault whose API is spoken.
    pub version: &'a str,
}

/// The summary of the configuration, and that the server answers.
pub fn started(overview: &Overview<'_>) -> String {
    let mut rows = vec![("Api Address".to_owned(), overview.api_addr.to_owned())];
    for (number, (listener, address)) in overview.listeners.iter().enumerate() {
        let kind = listener.kind.name();
        let tls = if listener.tls_disable { "disabled" } else { "enabled" };
        rows.push((
            format!("Listener {}", number + 1),
            format!("{kind} (addr: \"{address}\", tls: \"{tls}\")"),
        ));
    }
    if let Some(address) = overview.cluster_addr {
        rows.push(("Cluster Address".to_owned(), address.to_owned()));
    }
    rows.push(("Log Level".to_owned(), overview.log_level.to_owned()));
    rows.push(("Mlock".to_owned(), format!("supported: true, enabled: {}", overview.mlock)));
    rows.push(("Seal Type".to_owned(), "shamir".to_owned()));
    rows.push(("Storage".to_owned(), overview.storage.to_owned()));
    let own = env!("CARGO_PKG_VERSION");
    rows.push(("Version".to_owned(), format!("Vault v{} (kvd v{own})", overview.version)));
    let mut text = String::from("==> Vault server configuration:\n\n");
    for (name, value) in rows {
        _ = writeln!(text, "{name:>24}: {value}");
    }
    text.push_str("\n==> Vault server started! Log data will stream in below:\n\n");
    text
}

/// The keys of a development server, which nobody else needs to know.
pub fn development(made: &DevVault, dev: &DevFlags, address: &str, authority: Option<&str>) -> String {
    let stored = if dev.no_store_token { "" } else { " The root token is kept for the command line." };
    let mut text = format!(
        "WARNING! dev mode is enabled! Everything is kept in memory and lost at the end, and the vault starts\nunsealed \
         with a single key.{stored}\n\nYou may need to set the following environment variables:\n\n    $ export \
         VAULT_ADDR='{address}'\n"
    );
    if let Some(file) = authority {
        _ = writeln!(text, "    $ export VAULT_CACERT='{file}'");
    }
    _ = write!(
        text,
        "\nUnseal Key: {}\nRoot Token: {}\n\nDevelopment mode should NOT be used in production installations!\n\n",
        made.unseal_key.expose(),
        made.root_token.expose()
    );
    text
}
