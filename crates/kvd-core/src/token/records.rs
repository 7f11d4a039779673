//! The records of a token and of its indexes, changed together.
//!
//! | table | folder | name | holds |
//! | --- | --- | --- | --- |
//! | tokens | `id/` | hash of the token | the entry |
//! | tokens | `accessor/` | accessor | the hash |
//! | tokens | `child/<accessor of the parent>/` | hash | nothing |
//! | tokens | `login/<view of the mount>/` | hash | nothing |
//! | tokens | `left/` | a folder of the two kinds above | nothing; see [`tree`](super::tree) |
//! | leases | `due/<minute>/` | hash | nothing |
//! | leases | `lease/<path that made it>/` | `h` and the hash | nothing |
//!
//! A token that ends is found by the minute in which it ends, so a sweep reads only what is due. The last index makes
//! each such token a lease, which can be listed and revoked by the path that made it.

use super::{entry::TokenEntry, lease, store::TokenHash};
use crate::{fault::TxFault, seal::views};
use kvd_barrier::{BarrierTx, BarrierViewTx};
use kvd_storage::{Opened, Slot, Table, ViewError, ViewTx};
use kvd_types::{Fault, NamespaceId, Secret, ViewId};

const ID: &str = "id/";
pub(super) const ACCESSOR: &str = "accessor/";

/// Writes a new token, and what it wraps.
///
/// # Errors
/// When there is such a token already, or its parent is gone: a parent that was revoked in the meantime must not leave a
/// child behind.
pub(super) fn insert(
    tx: &mut BarrierTx<'_>,
    hash: TokenHash,
    entry: &TokenEntry,
    wraps: Option<&Secret<Vec<u8>>>,
) -> Result<(), TxFault> {
    let name = hash.to_hex();
    if let Some(wraps) = wraps {
        tx.view(NamespaceId::ROOT, views::WRAPPED).put(wrapped_slot(&name), wraps.expose())?;
    }
    let mut view = of(tx);
    if view.get(id_slot(&name))?.is_some() {
        return Err(Fault::invalid("cannot create a token with a duplicate ID").into());
    }
    if let Some(parent) = &entry.parent {
        let above = view.get(id_slot(&parent.hash))?.map(|o| decode(&o)).transpose()?;
        if above.is_none_or(|above| above.spent || above.accessor != parent.accessor) {
            return Err(Fault::permission_denied().into());
        }
        view.put(child_slot(&child_folder(&parent.accessor), &name), b"")?;
    }
    if let Some(login) = &entry.login {
        view.put(child_slot(&login_folder(login.mount), &name), b"")?;
    }
    put(&mut view, &name, entry)?;
    view.put(accessor_slot(&entry.accessor), name.as_bytes())?;
    schedule(&mut view, &name, entry)?;
    if entry.expires_nanos.is_some() {
        lease::link(&mut view, &entry.path, hash)?;
    }
    Ok(())
}

/// Takes a token out of everything but the index of its children, together with all that is kept for it. Gives what it
/// was, if it was there.
pub(super) fn remove(
    tx: &mut BarrierTx<'_>,
    hash: TokenHash,
    cubbyhole: Option<ViewId>,
) -> Result<Option<TokenEntry>, ViewError> {
    let name = hash.to_hex();
    let mut view = of(tx);
    let Some(opened) = view.get(id_slot(&name))? else { return Ok(None) };
    let entry = decode(&opened)?;
    view.delete(id_slot(&name));
    view.delete(accessor_slot(&entry.accessor));
    if let Some(parent) = &entry.parent {
        view.delete(child_slot(&child_folder(&parent.accessor), &name));
    }
    if let Some(login) = &entry.login {
        view.delete(child_slot(&login_folder(login.mount), &name));
    }
    unschedule(&mut view, &name, &entry);
    if entry.expires_nanos.is_some() {
        lease::unlink(&mut view, &entry.path, hash)?;
    }
    tx.view(NamespaceId::ROOT, views::WRAPPED).delete(wrapped_slot(&name));
    if let Some(cubbyhole) = cubbyhole {
        crate::cubbyhole::forget(&mut tx.view(NamespaceId::ROOT, cubbyhole), &name)?;
    }
    Ok(Some(entry))
}

/// The view of all tokens.
pub(super) fn of<'t>(tx: &'t mut BarrierTx<'_>) -> BarrierViewTx<'t> {
    tx.view(NamespaceId::ROOT, views::TOKENS)
}

pub(super) fn put(tx: &mut dyn ViewTx, name: &str, entry: &TokenEntry) -> Result<(), ViewError> {
    let record = serde_json::to_vec(entry).map_err(|_| ViewError::Malformed { what: "tokens" })?;
    tx.put(id_slot(name), &record).map(|_| ())
}

pub(super) fn schedule(tx: &mut dyn ViewTx, name: &str, entry: &TokenEntry) -> Result<(), ViewError> {
    let Some(end) = entry.expires_nanos else { return Ok(()) };
    tx.put(due_slot(&due_folder(due_minute(end)), name), b"").map(|_| ())
}

pub(super) fn unschedule(tx: &mut dyn ViewTx, name: &str, entry: &TokenEntry) {
    if let Some(end) = entry.expires_nanos {
        tx.delete(due_slot(&due_folder(due_minute(end)), name));
    }
}

pub(super) fn decode(opened: &Opened) -> Result<TokenEntry, ViewError> {
    serde_json::from_slice(opened.plain.expose()).map_err(|_| ViewError::Malformed { what: "tokens" })
}

/// The minute in which something that ends at `nanos` can be cleaned up: the first one that begins after the end.
pub(super) fn due_minute(nanos: i64) -> i64 {
    nanos.div_euclid(60_000_000_000) + 1
}

pub(super) fn due_folder(minute: i64) -> String {
    format!("due/{minute}/")
}

/// The children of the token with that accessor, which no later token has, be it of the same text.
pub(super) fn child_folder(accessor: &str) -> String {
    format!("child/{accessor}/")
}

/// The tokens that came from the logins of a mount.
pub(super) fn login_folder(mount: [u8; 8]) -> String {
    format!("login/{}/", hex::encode(mount))
}

pub(super) fn id_slot(name: &str) -> Slot<'_> {
    Slot { table: Table::Tokens, folder: ID, name, version: 0 }
}

pub(super) fn accessor_slot(accessor: &str) -> Slot<'_> {
    Slot { table: Table::Tokens, folder: ACCESSOR, name: accessor, version: 0 }
}

pub(super) fn child_slot<'a>(folder: &'a str, name: &'a str) -> Slot<'a> {
    Slot { table: Table::Tokens, folder, name, version: 0 }
}

/// In the view of wrapped answers.
pub(super) fn wrapped_slot(name: &str) -> Slot<'_> {
    Slot { table: Table::Tokens, folder: "", name, version: 0 }
}

pub(super) fn due_slot<'a>(folder: &'a str, name: &'a str) -> Slot<'a> {
    Slot { table: Table::Leases, folder, name, version: 0 }
}
