//! Tokens as leases: a token that ends can be listed and revoked by the path that made it.
//!
//! The id of a lease is that path, `/h` and the hash of the token, so it leads to the token without a record of its own.
//! The hash is keyed: whoever sees the id learns nothing of the token.

use super::store::TokenHash;
use kvd_storage::{Slot, Table, ViewError, ViewTx};

/// The id of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeaseId<'a> {
    /// The path that made the token, without a slash at its end.
    pub(crate) path: &'a str,
    /// The token.
    pub(crate) hash: TokenHash,
}

impl<'a> LeaseId<'a> {
    /// Reads an id; nothing when the text is of another form.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (path, name) = text.rsplit_once('/')?;
        Some(Self { path, hash: hash_of(name)? })
    }
}

/// The hash in a name of a lease folder.
pub(super) fn hash_of(name: &str) -> Option<TokenHash> {
    TokenHash::from_hex(name.strip_prefix('h')?)
}

/// The folder of the leases that `path` made, and of the folders below it.
pub(super) fn folder(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "lease/".to_owned(),
        path => format!("lease/{path}/"),
    }
}

pub(super) fn link(tx: &mut dyn ViewTx, path: &str, hash: TokenHash) -> Result<(), ViewError> {
    let (folder, name) = (folder(path), name(hash));
    tx.put(slot(&folder, &name), b"")?;
    tx.link(slot(&folder, &name))
}

pub(super) fn unlink(tx: &mut dyn ViewTx, path: &str, hash: TokenHash) -> Result<(), ViewError> {
    let (folder, name) = (folder(path), name(hash));
    tx.delete(slot(&folder, &name));
    tx.unlink(slot(&folder, &name))
}

fn name(hash: TokenHash) -> String {
    format!("h{}", hash.to_hex())
}

fn slot<'a>(folder: &'a str, name: &'a str) -> Slot<'a> {
    Slot { table: Table::Leases, folder, name, version: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_a_path_and_a_hash() {
        let hash = "ab".repeat(32);
        let id = format!("auth/token/create/web/h{hash}");
        let parsed = LeaseId::parse(&id).unwrap();
        assert_eq!((parsed.path, parsed.hash.to_hex()), ("auth/token/create/web", hash.clone()));
        for bad in [
            "",
            "h",
            "nosuch",
            "a/h00",
            "a/b",
            &format!("h{hash}"),
            &format!("a/x{hash}"),
            &format!("a/h{hash}/"),
        ] {
            assert_eq!(LeaseId::parse(bad), None, "{bad}");
        }
    }
}
