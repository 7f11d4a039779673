//! What operators do: initialising, sealing and unsealing, changing keys.

pub(crate) mod generate_root;
pub(crate) mod init;
mod key;
pub(crate) mod key_status;
pub(crate) mod members;
pub(crate) mod raft;
pub(crate) mod rekey;
pub(crate) mod rotate;
pub(crate) mod seal;
pub(crate) mod step_down;
pub(crate) mod unseal;
