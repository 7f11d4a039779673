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
    create::{auth_info, normalized},
    entry::{LoginOrigin, TokenState},
    lifetime::{Bounds, Wish, grant as granted_time, of_login},
    routes::ROUTES,
    store::{NewToken, TokenStore},
    sweep::sweep_forever,
};
