//! The only crate with keys: sealing, hidden names, the keyring and the shares that open it.
