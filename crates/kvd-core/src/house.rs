//! What the vault's own endpoints (`sys/`, `auth/token/`) work with.

use crate::{
    mount::{Mount, upgrade},
    seal::Unsealed,
    token::TokenState,
    vault::Inner,
};
use kvd_backend::Request;
use kvd_policy::{Operation, Question};
use kvd_types::Fault;
use std::sync::Arc;

/// The vault as its own endpoints see it: everything, for the time of one call.
#[derive(Clone)]
pub(crate) struct House {
    /// What is there whether sealed or not.
    pub(crate) vault: Arc<Inner>,
    /// What is there only while unsealed.
    pub(crate) unsealed: Arc<Unsealed>,
    /// The caller's token; none on open routes.
    token: Option<Arc<TokenState>>,
}

impl House {
    pub(crate) fn new(vault: Arc<Inner>, unsealed: Arc<Unsealed>, token: Option<Arc<TokenState>>) -> Self {
        Self { vault, unsealed, token }
    }

    /// The caller's token.
    ///
    /// # Errors
    /// On a route that is open to all.
    pub(crate) fn token(&self) -> Result<&Arc<TokenState>, Fault> {
        self.token.as_ref().ok_or_else(Fault::permission_denied)
    }

    /// Whether the caller has `sudo` on the path of this call.
    ///
    /// # Errors
    /// On a route that is open to all, or when the policies cannot be read.
    pub(crate) async fn has_sudo(&self, request: Request<'_>) -> Result<bool, Fault> {
        let acl = self.unsealed.policies.acl(self.token()?).await?;
        let question = Question::new(request.call.path.as_str(), Operation::Update);
        Ok(acl.decide(&question).has_sudo())
    }

    /// Lets the records of a mount follow its new options, beside the calls.
    pub(crate) fn start_upgrade(&self, mount: Arc<Mount>) {
        tokio::spawn(upgrade::run(Arc::clone(&self.vault), Arc::clone(&self.unsealed), mount));
    }
}
