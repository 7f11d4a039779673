//! Leases: how long what the server gave out is valid.

pub(crate) mod lookup;
pub(crate) mod renew;
pub(crate) mod revoke;
