//! Identity: who is behind logins and tokens, by whatever auth method they come.
//!
//! An entity is found by an alias, the name by which one auth mount knows it; a first login makes both. What its tokens
//! may do depends on the entity and its groups at the moment of each request, so nothing of it stands in a token but the
//! entity's id. [`IdentityStore::standing`] answers that from memory, and [`IdentityStore::stamp`] tells whether what was
//! judged before still holds.

mod alias_endpoints;
mod entity_endpoints;
mod generations;
mod group_alias_endpoints;
mod group_endpoints;
mod login;
mod lookup;
mod merge;
mod record;
mod records;
mod show;
mod standing;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    login::{Resolved, Visitor},
    standing::Standing,
    store::IdentityStore,
};

use crate::house::{House, HouseRoutes};
use kvd_backend::Handler;
use kvd_types::Operation;

/// All endpoints below `identity/`.
pub(crate) static ROUTES: HouseRoutes = HouseRoutes(&[
    &merge::ROUTES,
    &entity_endpoints::ROUTES,
    &alias_endpoints::ROUTES,
    &group_endpoints::ROUTES,
    &group_alias_endpoints::ROUTES,
    &lookup::ROUTES,
]);

/// What a route can do, by which function.
type Operations = &'static [(Operation, Handler<House>)];
