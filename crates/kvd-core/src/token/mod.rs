//! Tokens: what they are, where they are kept, and the endpoints below `auth/token/`.

mod cidr;
mod create;
mod entry;
mod lifetime;
mod lookup;
mod renew;
mod revoke;
mod routes;
mod store;
mod sweep;

pub(crate) use self::{
    entry::TokenState,
    routes::ROUTES,
    store::{NewToken, TokenStore},
    sweep::sweep_forever,
};
