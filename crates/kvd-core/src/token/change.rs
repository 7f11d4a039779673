//! Changes of tokens: uses, renewals and ends. Each is durable, and then out of the memory, before it is answered.

use super::{
    entry::{TokenEntry, TokenState},
    lease,
    records::{
        self, child_folder, child_slot, decode, due_folder, id_slot, login_folder, put, schedule, unschedule,
    },
    store::{TokenHash, TokenStore},
};
use crate::{
    fault::{self, TxFault},
    tx,
};
use kvd_barrier::BarrierTx;
use kvd_storage::{Page, Table, ViewError, ViewTx, transact};
use kvd_types::{Fault, ViewId};
use std::sync::Arc;

/// Tokens that one transaction revokes with their descendants, so that a long list holds up nobody else for long.
const BATCH: usize = 64;

impl TokenStore {
    /// Takes one use off a token that counts them; none when there was none left.
    pub(crate) async fn count_use(&self, hash: TokenHash) -> Result<Option<Arc<TokenState>>, Fault> {
        let left = transact(&*self.view, move |tx| {
            let name = hash.to_hex();
            let Some(opened) = tx.get(id_slot(&name))? else { return Ok(None) };
            let mut entry = decode(&opened)?;
            if entry.spent {
                return Ok(None);
            }
            match entry.num_uses {
                0 => return Ok(Some(entry)),
                1 => entry.spent = true,
                more => entry.num_uses = more - 1,
            }
            put(tx, &name, &entry)?;
            Ok::<_, ViewError>(Some(entry))
        })
        .await
        .map_err(fault::storage)?;
        Ok(left.map(|entry| TokenState::new(hash, entry)))
    }

    /// Changes an entry that is there; none when it is not. An edit must leave it a token with an end, or one without.
    pub(crate) async fn edit(
        &self,
        hash: TokenHash,
        edit: impl Fn(&mut TokenEntry) + Send + 'static,
    ) -> Result<Option<Arc<TokenState>>, Fault> {
        let edited = transact(&*self.view, move |tx| {
            let name = hash.to_hex();
            let Some(opened) = tx.get(id_slot(&name))? else { return Ok(None) };
            let mut entry = decode(&opened)?;
            unschedule(tx, &name, &entry);
            edit(&mut entry);
            put(tx, &name, &entry)?;
            schedule(tx, &name, &entry)?;
            Ok::<_, ViewError>(Some(entry))
        })
        .await
        .map_err(fault::storage)?;
        self.forget(&[hash]);
        Ok(edited.map(|entry| TokenState::new(hash, entry)))
    }

    /// Revokes a token and all its descendants. From the answer on none of them is good for anything.
    pub(crate) async fn revoke_tree(&self, hash: TokenHash) -> Result<(), Fault> {
        self.revoke_trees(&[hash]).await
    }

    /// The same for several tokens.
    pub(crate) async fn revoke_trees(&self, hashes: &[TokenHash]) -> Result<(), Fault> {
        let cubbyhole = self.cubbyhole();
        for batch in hashes.chunks(BATCH) {
            let batch = batch.to_vec();
            let gone =
                tx::transact(&self.barrier, move |tx| records::remove_trees(tx, batch.clone(), cubbyhole))
                    .await?;
            self.forget(&gone);
        }
        Ok(())
    }

    /// What revokes, as part of a transaction, the tokens that came from a mount's logins, with their descendants.
    /// Those it gives are to be forgotten once the transaction is durable.
    pub(crate) fn revoke_logins(
        &self,
    ) -> impl FnMut(&mut BarrierTx<'_>, ViewId) -> Result<Vec<TokenHash>, TxFault> + Send + 'static {
        let cubbyhole = self.cubbyhole();
        move |tx, mount| {
            let names = records::of(tx).list(Table::Tokens, &login_folder(mount.0), Page::default())?;
            let hashes = names.iter().filter_map(|n| TokenHash::from_hex(n)).collect();
            records::remove_trees(tx, hashes, cubbyhole)
        }
    }

    /// Revokes a token; its children go on without a parent.
    pub(crate) async fn revoke_orphan(&self, hash: TokenHash) -> Result<(), Fault> {
        let cubbyhole = self.cubbyhole();
        let changed = tx::transact(&self.barrier, move |tx| {
            records::remove(tx, hash, cubbyhole)?;
            let mut changed = vec![hash];
            let mut view = records::of(tx);
            let folder = child_folder(&hash.to_hex());
            for child in view.list(Table::Tokens, &folder, Page::default())? {
                view.delete(child_slot(&folder, &child));
                if let Some(opened) = view.get(id_slot(&child))? {
                    let mut entry = decode(&opened)?;
                    entry.parent = None;
                    put(&mut view, &child, &entry)?;
                }
                changed.extend(TokenHash::from_hex(&child));
            }
            Ok(changed)
        })
        .await?;
        self.forget(&changed);
        Ok(())
    }

    /// The tokens that are noted down as ending in that minute.
    pub(crate) async fn due(&self, minute: i64) -> Result<Vec<TokenHash>, Fault> {
        let names = self
            .view
            .list(Table::Leases, &due_folder(minute), Page::default())
            .await
            .map_err(fault::storage)?;
        Ok(names.iter().filter_map(|n| TokenHash::from_hex(n)).collect())
    }

    /// The names of the leases that `path` made, and of the folders of leases below it.
    pub(crate) async fn leases(&self, path: &str) -> Result<Vec<String>, Fault> {
        self.view.list(Table::Leases, &lease::folder(path), Page::default()).await.map_err(fault::storage)
    }

    /// The tokens that `path` and all paths below it made; reads nothing but these.
    pub(crate) async fn made_below(&self, path: &str) -> Result<Vec<TokenHash>, Fault> {
        let mut found = Vec::new();
        let mut waiting = vec![path.trim_end_matches('/').to_owned()];
        while let Some(path) = waiting.pop() {
            for name in self.leases(&path).await? {
                match name.strip_suffix('/') {
                    Some(below) if path.is_empty() => waiting.push(below.to_owned()),
                    Some(below) => waiting.push(format!("{path}/{below}")),
                    None => found.extend(lease::hash_of(&name)),
                }
            }
        }
        Ok(found)
    }
}
