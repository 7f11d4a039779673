//! Turns the values of a version 1 mount into secrets of version 2, in place.
//!
//! Bodies stay where they are; only the head of each value is written anew. Its first byte says which of the two
//! it is, so whoever goes on after an interruption sees what is done already.

use super::{
    entry::{Deletion, Entry},
    head::Head,
    layout,
};
use crate::{fetch::fetch, plain};
use futures_util::future::BoxFuture;
use kvd_backend::{MountOptions, Upgrade};
use kvd_storage::{Page, Table, View, ViewError, ViewTx, transact};
use kvd_types::{Clock, Fault, Timestamp};
use std::sync::Arc;

/// How many values one transaction turns.
const BATCH: usize = 64;

/// Follows a change of the option `version` of a mount.
pub(crate) struct Upgrader {
    /// Tells when the upgraded versions came into being.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Upgrade for Upgrader {
    fn upgrade<'a>(
        &'a self,
        view: &'a Arc<dyn View>,
        options: &'a MountOptions,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            if options.get("version").is_some_and(|v| v == "2") {
                self.to_version_2(&**view).await?;
            }
            Ok(())
        })
    }
}

impl Upgrader {
    async fn to_version_2(&self, view: &dyn View) -> Result<(), ViewError> {
        if fetch(view, layout::UPGRADED).await?.is_some() {
            return Ok(());
        }
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            // A listing reads the whole folder, however short a page is asked for.
            let names = view.list(Table::Heads, &folder, Page::default()).await?;
            let (inner, keys): (Vec<_>, Vec<_>) =
                names.iter().map(|name| format!("{folder}{name}")).partition(|path| path.ends_with('/'));
            folders.extend(inner);
            for batch in keys.chunks(BATCH) {
                let (batch, now) = (batch.to_vec(), self.clock.now());
                transact(view, move |tx| batch.iter().try_for_each(|key| turn(tx, key, now))).await?;
            }
        }
        transact(view, |tx| tx.put(layout::UPGRADED, &[]).map(|_| ())).await
    }
}

/// Turns one value, unless it is turned already.
fn turn(tx: &mut dyn ViewTx, key: &str, now: Timestamp) -> Result<(), ViewError> {
    let slot = layout::head(key);
    if tx.get(slot)?.is_none_or(|record| record.plain.expose() != plain::HEAD) {
        return Ok(());
    }
    let Some(body) = tx.get(layout::body(key, 1))? else {
        return Err(ViewError::Malformed { what: "a value of version 1" });
    };
    let mut head = Head::new(now);
    head.facts.current = 1;
    // As in Vault, where an upgrade counts as a write under a limit of one version.
    head.facts.oldest = 1;
    head.entries.push(Entry {
        created: now,
        deletion: Deletion::None,
        destroyed: false,
        body: body.stamp,
        created_by: None,
        deleted_by: None,
    });
    tx.put(slot, &head.encode()).map(|_| ())
}
