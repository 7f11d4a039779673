//! Tokens: what they are, where they are kept, and the endpoints below `auth/token/`.

mod asked;
mod batch;
mod change;
mod cidr;
mod create;
mod entry;
mod lease;
mod lifetime;
mod lookup;
mod named;
mod policies;
mod records;
mod renew;
mod revoke;
mod role;
mod role_endpoints;
mod role_fields;
mod routes;
mod store;
mod sweep;
mod tidy;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    create::{auth_info, with_identity},
    entry::{LoginOrigin, TokenEntry, TokenState},
    lease::LeaseId,
    lifetime::{Bounds, Wish, grant as granted_time, of_login},
    policies::normalized,
    role_endpoints::ROUTES as ROLE_ROUTES,
    routes::ROUTES,
    store::{NewToken, TokenHash, TokenStore},
    sweep::sweep_forever,
    tidy::tidy_leases,
};
