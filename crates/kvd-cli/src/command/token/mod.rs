//! Tokens: making, asking about, keeping alive and ending them.

pub(crate) mod capabilities;
pub(crate) mod create;
pub(crate) mod lookup;
pub(crate) mod renew;
pub(crate) mod revoke;
