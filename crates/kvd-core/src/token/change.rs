//! Changes of tokens: uses, renewals and ends. Each is durable, and then out of the memory, before it is answered.

use super::{
    entry::{TokenEntry, TokenState},
    lease,
    records::{decode, due_folder, id_slot, put, schedule, unschedule},
    store::{TokenHash, TokenStore},
    tree::{self, Removed},
};
use crate::{
    fault::{self, TxFault},
    tx,
};
use kvd_barrier::BarrierTx;
use kvd_storage::{Page, Table, ViewError, transact};
use kvd_types::{Fault, Timestamp, ViewId};
use std::sync::Arc;

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

    /// Revokes a token and all its descendants, in one commit. From the answer on none of them is good for anything.
    pub(crate) async fn revoke_tree(&self, hash: TokenHash) -> Result<(), Fault> {
        self.revoke_trees(&[hash]).await
    }

    /// The same for several tokens, as many in one commit as a step takes.
    pub(crate) async fn revoke_trees(&self, hashes: &[TokenHash]) -> Result<(), Fault> {
        let cubbyhole = self.cubbyhole();
        for step in hashes.chunks(tree::STEP) {
            let step = step.to_vec();
            let removed =
                tx::transact(&self.barrier, move |tx| tree::remove_trees(tx, &step, cubbyhole)).await?;
            self.settle(&removed);
        }
        Ok(())
    }

    /// What revokes, as part of the transaction that takes a mount away, the tokens that came from its logins with their
    /// descendants. What it gives is to be [settled](Self::settle) once the transaction is durable.
    pub(crate) fn revoke_logins(
        &self,
    ) -> impl FnMut(&mut BarrierTx<'_>, ViewId) -> Result<Removed, TxFault> + Send + 'static {
        let cubbyhole = self.cubbyhole();
        move |tx, mount| tree::remove_logins(tx, mount, cubbyhole)
    }

    /// To be called when a removal is durable and before it is answered.
    pub(crate) fn settle(&self, removed: &Removed) {
        self.forget(&removed.tokens);
        if removed.leaves_some {
            self.left_over.notify_one();
        }
    }

    /// Revokes a token; its children go on without a parent. With very many children it takes several commits, and the
    /// token ends with the last one.
    pub(crate) async fn revoke_orphan(&self, hash: TokenHash) -> Result<(), Fault> {
        let cubbyhole = self.cubbyhole();
        loop {
            let (changed, is_done) =
                tx::transact(&self.barrier, move |tx| tree::release(tx, hash, cubbyhole)).await?;
            self.forget(&changed);
            if is_done {
                return Ok(());
            }
        }
    }

    /// Takes the next step in what revocations have left; false when there is nothing left.
    pub(super) async fn remove_left(&self) -> Result<bool, Fault> {
        let cubbyhole = self.cubbyhole();
        let removed = tx::transact(&self.barrier, move |tx| tree::remove_left(tx, cubbyhole)).await?;
        if let Some(removed) = &removed {
            self.forget(&removed.tokens);
        }
        Ok(removed.is_some())
    }

    /// Whether something is noted down as ending in that minute. Nearly all minutes are empty, and a look at one is no
    /// transaction; of one that is not it reads all names, so it is not for every step.
    pub(super) async fn has_due(&self, minute: i64) -> Result<bool, Fault> {
        let due = self.view.list(Table::Leases, &due_folder(minute), Page::default()).await;
        Ok(!due.map_err(fault::storage)?.is_empty())
    }

    /// Takes a step in cleaning up what ended in that minute; false when all of it is done.
    pub(super) async fn remove_due(&self, minute: i64, now: Timestamp) -> Result<bool, Fault> {
        let cubbyhole = self.cubbyhole();
        let (removed, has_more) =
            tx::transact(&self.barrier, move |tx| tree::remove_due(tx, minute, now, cubbyhole)).await?;
        self.settle(&removed);
        Ok(has_more)
    }

    /// Revokes the tokens that `path` and all paths below it made; reads nothing but these, a step at a time.
    pub(crate) async fn revoke_below(&self, path: &str) -> Result<(), Fault> {
        let mut waiting = vec![path.trim_end_matches('/').to_owned()];
        while let Some(path) = waiting.pop() {
            let names = self.leases(&path).await?;
            let hashes: Vec<_> = names.iter().filter_map(|name| lease::hash_of(name)).collect();
            waiting.extend(names.iter().filter_map(|name| name.strip_suffix('/')).map(
                |below| match &*path {
                    "" => below.to_owned(),
                    path => format!("{path}/{below}"),
                },
            ));
            self.revoke_trees(&hashes).await?;
        }
        Ok(())
    }

    /// The names of the leases that `path` made, and of the folders of leases below it.
    pub(crate) async fn leases(&self, path: &str) -> Result<Vec<String>, Fault> {
        self.view.list(Table::Leases, &lease::folder(path), Page::default()).await.map_err(fault::storage)
    }
}
