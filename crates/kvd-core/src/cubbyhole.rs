//! The cubbyhole's folders, as far as the vault has to know them: they go with their tokens.
//!
//! A value is a head at its path, below a folder of the token's own, and a body as version 1 of the same path.

use kvd_storage::{Page, Slot, Table, ViewError, ViewTx};

/// Removes everything that the token of that name keeps.
pub(crate) fn forget(tx: &mut dyn ViewTx, token: &str) -> Result<(), ViewError> {
    let root = format!("{token}/");
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for name in tx.list(Table::Heads, &folder, Page::default())? {
            let head = Slot { table: Table::Heads, folder: &folder, name: &name, version: 0 };
            if name.ends_with('/') {
                waiting.push(format!("{folder}{name}"));
            } else {
                tx.delete_versions(Slot { table: Table::Bodies, ..head });
            }
            tx.delete(head);
        }
    }
    tx.delete(Slot::at(Table::Heads, &root));
    Ok(())
}
