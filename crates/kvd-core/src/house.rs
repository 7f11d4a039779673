//! What the vault's own endpoints (`sys/`, `auth/token/`) work with.

use crate::{
    mount::{Mount, upgrade},
    seal::Unsealed,
    token::TokenState,
    vault::Inner,
};
use kvd_backend::{Params, Request, Route, RouteTable};
use kvd_policy::{Operation, Question};
use kvd_types::{ClientAuth, Fault, Operation as Asked};
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

    /// Whose token a call shows on a route that is open to all, where nobody has looked at it yet. It counts no use.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn caller(&self, request: Request<'_>) -> Result<Option<Arc<TokenState>>, Fault> {
        let ClientAuth::Token(token) = &request.call.auth else { return Ok(None) };
        let state = self.unsealed.tokens.present(token, request.now).await?;
        Ok(state.filter(|s| s.may_come_from(request.call.peer.address)))
    }

    /// Whether the policies allow this caller to delete at the path of this call, also on a route that is open to all.
    ///
    /// # Errors
    /// When the token or the policies cannot be read.
    pub(crate) async fn is_permitted(&self, request: Request<'_>) -> Result<bool, Fault> {
        if self.token.is_some() {
            return Ok(true);
        }
        let Some(state) = self.caller(request).await? else { return Ok(false) };
        let acl = self.unsealed.policies.acl(&state).await?;
        let question = Question::new(request.call.path.as_str(), Operation::Delete);
        Ok(acl.decide(&question).is_allowed())
    }

    /// Lets the records of a mount follow its new options, beside the calls.
    pub(crate) fn start_upgrade(&self, mount: Arc<Mount>) {
        tokio::spawn(upgrade::run(Arc::clone(&self.vault), Arc::clone(&self.unsealed), mount));
    }
}

/// Endpoints of the vault's own, in groups; numbered through all of them.
#[derive(Clone, Copy)]
pub(crate) struct HouseRoutes(pub(crate) &'static [&'static RouteTable<House>]);

impl HouseRoutes {
    /// The route for `path`; of several that fit, the first one counts. A slash at the end names a folder, which only
    /// what can be listed is, and no part of a path that a pattern names can be left out.
    pub(crate) fn find<'a>(&self, path: &'a str) -> Option<(usize, Params<'a>)> {
        self.iter().enumerate().find_map(|(number, route)| {
            let params = route.pattern.matches(path)?;
            let is_folder = route.pattern.0.ends_with('}') || route.handler(Asked::List).is_some();
            let is_named = params.iter().all(|(_, part)| !part.is_empty());
            (is_named && (is_folder || !path.ends_with('/'))).then_some((number, params))
        })
    }

    /// The route with that number, as [`HouseRoutes::find`] gave it.
    pub(crate) fn route(&self, number: usize) -> &'static Route<House> {
        let mut number = number;
        for table in self.0 {
            if number < table.len() {
                return table.route(number);
            }
            number -= table.len();
        }
        // A number comes from `find` and from nowhere else.
        self.0[0].route(number)
    }

    /// All routes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Route<House>> {
        self.0.iter().flat_map(|table| table.0.iter())
    }
}
