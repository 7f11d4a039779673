//! Revoking in steps: what one transaction takes out of the store, and what it leaves for those after it.
//!
//! A token is asked for all that it descends from at every use, so once the record of a token is gone all its descendants
//! are refused, however many they are. Their own records go in the same transaction as long as they are few. A folder
//! that holds more is noted down below `left/`, and the sweep empties it step by step: no transaction keeps the others
//! waiting for long, and none holds more than a step in memory.

use super::{
    entry::TokenEntry,
    records::{self, child_folder, child_slot, decode, due_folder, due_slot, id_slot, login_folder, put},
    store::TokenHash,
};
use crate::fault::TxFault;
use kvd_barrier::BarrierTx;
use kvd_storage::{Slot, Table, ViewError, ViewTx};
use kvd_types::{Timestamp, ViewId};

/// Tokens that one transaction takes out at most, besides those it was asked for.
pub(crate) const STEP: usize = 128;

/// The folder of the folders that are still to be emptied.
const LEFT: &str = "left/";

/// What a transaction has taken out.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    /// To be forgotten once the transaction is durable.
    pub(crate) tokens: Vec<TokenHash>,
    /// Whether it has left something for the sweep.
    pub(crate) leaves_some: bool,
}

/// Takes tokens out, and their descendants as far as one step goes.
pub(super) fn remove_trees(
    tx: &mut BarrierTx<'_>,
    roots: &[TokenHash],
    cubbyhole: Option<ViewId>,
) -> Result<Removed, TxFault> {
    let mut removed = Removed::default();
    let mut open = Vec::new();
    for root in roots {
        open.extend(take(tx, *root, cubbyhole, &mut removed)?);
    }
    empty(tx, open, cubbyhole, &mut removed)?;
    Ok(removed)
}

/// Takes out the tokens that came from the logins of a mount. The mount goes in the same transaction, and with it all of
/// them have ended.
pub(super) fn remove_logins(
    tx: &mut BarrierTx<'_>,
    mount: ViewId,
    cubbyhole: Option<ViewId>,
) -> Result<Removed, TxFault> {
    let mut removed = Removed::default();
    empty(tx, vec![login_folder(mount.0)], cubbyhole, &mut removed)?;
    Ok(removed)
}

/// Takes the next step in what is left; none when nothing is.
pub(super) fn remove_left(
    tx: &mut BarrierTx<'_>,
    cubbyhole: Option<ViewId>,
) -> Result<Option<Removed>, TxFault> {
    let mut view = records::of(tx);
    let Some(name) = view.some(Table::Tokens, LEFT, 1)?.pop() else { return Ok(None) };
    // What this step does not get to is noted down again.
    view.delete(left_slot(&name));
    let mut removed = Removed::default();
    empty(tx, vec![folder_of(&name)], cubbyhole, &mut removed)?;
    Ok(Some(removed))
}

/// Takes out a step of what is noted down as ending in that minute, and has ended. The second value tells whether there
/// may be more.
pub(super) fn remove_due(
    tx: &mut BarrierTx<'_>,
    minute: i64,
    now: Timestamp,
    cubbyhole: Option<ViewId>,
) -> Result<(Removed, bool), TxFault> {
    let folder = due_folder(minute);
    let mut view = records::of(tx);
    let names = view.some(Table::Leases, &folder, STEP)?;
    let is_full = names.len() == STEP;
    let mut ended = Vec::new();
    let mut cleared = 0;
    for name in names {
        // A record that cannot be read must not keep the sweep from all others.
        match view.get(id_slot(&name)).and_then(|opened| opened.map(|o| decode(&o)).transpose()) {
            Ok(Some(entry)) if has_ended(&entry, now) => ended.extend(TokenHash::from_hex(&name)),
            Ok(None) => {
                view.delete(due_slot(&folder, &name));
                cleared += 1;
            }
            Ok(Some(_)) | Err(_) => {}
        }
    }
    let removed = remove_trees(tx, &ended, cubbyhole)?;
    let progress = cleared + removed.tokens.len();
    Ok((removed, is_full && progress > 0))
}

/// Takes a token out while its children go on as orphans. The second value tells whether all of it is done: as long as
/// there are more children than a step takes, the token stays what it is.
pub(super) fn release(
    tx: &mut BarrierTx<'_>,
    hash: TokenHash,
    cubbyhole: Option<ViewId>,
) -> Result<(Vec<TokenHash>, bool), TxFault> {
    let mut view = records::of(tx);
    let Some(opened) = view.get(id_slot(&hash.to_hex()))? else { return Ok((vec![hash], true)) };
    let folder = child_folder(&decode(&opened)?.accessor);
    let children = view.some(Table::Tokens, &folder, STEP)?;
    let mut changed = Vec::with_capacity(children.len() + 1);
    for child in &children {
        view.delete(child_slot(&folder, child));
        if let Some(opened) = view.get(id_slot(child))? {
            let mut entry = decode(&opened)?;
            entry.parent = None;
            put(&mut view, child, &entry)?;
        }
        changed.extend(TokenHash::from_hex(child));
    }
    if children.len() == STEP {
        return Ok((changed, false));
    }
    records::remove(tx, hash, cubbyhole)?;
    changed.push(hash);
    Ok((changed, true))
}

/// Whether a token's own time is up.
pub(super) fn has_ended(entry: &TokenEntry, now: Timestamp) -> bool {
    entry.expires_nanos.is_some_and(|end| end <= now.nanos())
}

/// Takes one token out; gives the folder of its children.
fn take(
    tx: &mut BarrierTx<'_>,
    hash: TokenHash,
    cubbyhole: Option<ViewId>,
    removed: &mut Removed,
) -> Result<Option<String>, ViewError> {
    let entry = records::remove(tx, hash, cubbyhole)?;
    removed.tokens.push(hash);
    Ok(entry.map(|entry| child_folder(&entry.accessor)))
}

/// Takes out what stands in the folders and below, as far as one step goes.
fn empty(
    tx: &mut BarrierTx<'_>,
    mut open: Vec<String>,
    cubbyhole: Option<ViewId>,
    removed: &mut Removed,
) -> Result<(), TxFault> {
    let mut step = STEP;
    // A list instead of recursion: a chain of tokens can be longer than the stack is deep.
    while let Some(folder) = open.pop() {
        let mut view = records::of(tx);
        if step == 0 {
            if !view.some(Table::Tokens, &folder, 1)?.is_empty() {
                view.put(left_slot(&name_of(&folder)), b"")?;
                removed.leaves_some = true;
            }
            continue;
        }
        let children = view.some(Table::Tokens, &folder, step)?;
        step -= children.len();
        if step == 0 {
            open.push(folder.clone());
        }
        for child in children {
            records::of(tx).delete(child_slot(&folder, &child));
            if let Some(hash) = TokenHash::from_hex(&child) {
                open.extend(take(tx, hash, cubbyhole, removed)?);
            }
        }
    }
    Ok(())
}

/// A name holds no slash, so that listings show it as one.
fn name_of(folder: &str) -> String {
    folder.trim_end_matches('/').replacen('/', ":", 1)
}

fn folder_of(name: &str) -> String {
    name.replacen(':', "/", 1) + "/"
}

fn left_slot(name: &str) -> Slot<'_> {
    Slot { table: Table::Tokens, folder: LEFT, name, version: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_folder_leads_back_to_it() {
        for folder in [child_folder("aB3"), login_folder([7; 8])] {
            assert_eq!(folder_of(&name_of(&folder)), folder);
            assert!(!name_of(&folder).contains('/'));
        }
    }
}
