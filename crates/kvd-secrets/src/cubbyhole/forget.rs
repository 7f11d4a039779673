//! The end of a token's cubbyhole.

use crate::plain;
use kvd_storage::{Page, Table, View, ViewError, ViewTx, transact};

/// Most values that one transaction removes, so that a token with a very full cubbyhole holds up nobody else.
const BATCH: usize = 256;

/// What is left after [`forget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remains {
    /// Nothing.
    Nothing,
    /// Values for another transaction.
    Something,
}

/// Removes the values of the cubbyhole `name`, as many as one transaction should, from the view of the mount.
///
/// What is left belongs to a token that is no more, and its name to nobody, so the rest can wait.
///
/// # Errors
/// When the store fails.
pub fn forget(tx: &mut dyn ViewTx, name: &str) -> Result<Remains, ViewError> {
    let mut left = BATCH;
    while left > 0 {
        let Some(path) = first_below(tx, &format!("{name}/"))? else { return Ok(Remains::Nothing) };
        plain::delete(tx, &path)?;
        left -= 1;
    }
    Ok(Remains::Something)
}

/// Removes all values of the cubbyhole `name`, in as many transactions as it takes.
///
/// # Errors
/// When the store fails.
pub async fn forget_all(view: &dyn View, name: &str) -> Result<(), ViewError> {
    loop {
        let name = name.to_owned();
        if transact(view, move |tx| forget(tx, &name)).await? == Remains::Nothing {
            return Ok(());
        }
    }
}

/// The path of some value below `folder`.
fn first_below(tx: &mut dyn ViewTx, folder: &str) -> Result<Option<String>, ViewError> {
    let mut path = folder.to_owned();
    loop {
        let page = Page { after: None, limit: Some(1) };
        let Some(name) = tx.list(Table::Heads, &path, page)?.pop() else { return Ok(None) };
        path += &name;
        if !name.ends_with('/') {
            return Ok(Some(path));
        }
    }
}
