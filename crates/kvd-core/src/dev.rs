//! Initialising and unsealing from inside the process, for development servers and first starts.

use crate::{
    mount::{Family, new_record},
    policy::ROOT,
    seal::{self, InitRequest},
    token::NewToken,
    vault::Vault,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_types::{Fault, Secret};

/// How a development server is to be set up.
#[derive(Debug, Default)]
pub struct DevOptions {
    /// The root token; drawn at random when none is given.
    pub root_token: Option<Secret<String>>,
    /// Whether `secret/` is of version 1 of the key/value engine.
    pub kv_v1: bool,
}

/// What starting a fresh vault gives.
#[derive(Debug)]
pub struct DevVault {
    /// The single unseal key, in base64.
    pub unseal_key: Secret<String>,
    /// A token that may do everything.
    pub root_token: Secret<String>,
}

impl Vault {
    /// Initialises with one share and unseals, as `sys/init` and `sys/unseal` would.
    ///
    /// # Errors
    /// When there is a vault in the store already, or the store fails.
    pub async fn initialize_single(&self) -> Result<DevVault, Fault> {
        let vault = self.inner();
        let made = seal::initialize(vault, InitRequest { shares: 1, threshold: 1 }).await?;
        let share = made.shares.into_iter().next().ok_or_else(|| Fault::internal("no share was made"))?;
        let unseal_key = Secret::new(STANDARD.encode(share.expose()));
        seal::provide_share(vault, share).await?;
        Ok(DevVault { unseal_key, root_token: made.root_token })
    }

    /// Hands in one share, in base64 or hexadecimal digits.
    ///
    /// # Errors
    /// When it is no share of this vault.
    pub async fn unseal(&self, share: &Secret<String>) -> Result<(), Fault> {
        seal::provide_share(self.inner(), seal::share::decode(share)?).await
    }

    /// Whether there is a vault in the store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_initialized(&self) -> Result<bool, Fault> {
        Ok(seal::status(self.inner()).await?.initialized)
    }

    /// Seals the vault.
    pub async fn seal(&self) {
        seal::seal(self.inner()).await;
    }

    /// Has all audit devices open their files anew, as after a rotation of logs.
    pub fn reopen_audit(&self) {
        if let Some(unsealed) = self.inner().seal.unsealed() {
            unsealed.audit.broker.reopen();
        }
    }

    /// Sets a vault up as development servers have it: initialised, unsealed, `secret/` mounted, the root token as wished.
    ///
    /// # Errors
    /// When there is a vault in the store already, or the store fails.
    pub async fn start_dev(&self, options: DevOptions) -> Result<DevVault, Fault> {
        let made = self.initialize_single().await?;
        let vault = self.inner();
        let unsealed = vault.seal.unsealed().ok_or_else(Fault::sealed)?;
        let mut secret = new_record(vault, Family::Secrets, "secret/", "kv")?;
        secret.description = "key/value secret storage".to_owned();
        let version = if options.kv_v1 { "1" } else { "2" };
        secret.options = Some([("version".to_owned(), version.to_owned())].into());
        unsealed.mounts.add(vault, secret).await?;
        let Some(root_token) = options.root_token else { return Ok(made) };
        let new = NewToken {
            id: Some(root_token),
            policies: vec![ROOT.to_owned()],
            path: "auth/token/create".to_owned(),
            display_name: "token".to_owned(),
            ..NewToken::default()
        };
        let (root_token, _) = unsealed.tokens.create(&*vault.entropy, vault.clock.now(), new).await?;
        // The token of the initialisation is not the one that was asked for.
        unsealed.tokens.revoke_tree(unsealed.tokens.hash(made.root_token.expose())).await?;
        Ok(DevVault { unseal_key: made.unseal_key, root_token })
    }
}
