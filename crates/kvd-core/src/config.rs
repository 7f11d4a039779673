//! Settings that are changed at run time: one record each, read at the unseal, kept in memory, stored before they hold.

use crate::{fault, seal::views};
use arc_swap::ArcSwap;
use kvd_barrier::Barrier;
use kvd_storage::{Slot, Table, View, ViewError, transact};
use kvd_types::Fault;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// One setting, or one group of them that is changed as a whole.
pub(crate) struct Stored<T> {
    name: &'static str,
    view: Arc<dyn View>,
    present: ArcSwap<T>,
    /// One change at a time: each starts from what the one before has left.
    changing: tokio::sync::Mutex<()>,
}

impl<T: Serialize + DeserializeOwned + Default> Stored<T> {
    /// What is stored under `name`, or the default.
    ///
    /// # Errors
    /// When the store fails or the record is damaged.
    pub(crate) async fn load(barrier: &Arc<Barrier>, name: &'static str) -> Result<Self, Fault> {
        let view = views::system(barrier, views::CONFIG);
        let present = match view.get(slot(name)).await.map_err(fault::storage)? {
            None => T::default(),
            Some(opened) => serde_json::from_slice(opened.plain.expose())
                .map_err(|_| fault::storage(ViewError::Malformed { what: name }))?,
        };
        Ok(Self {
            name,
            view,
            present: ArcSwap::from_pointee(present),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// What holds at present.
    pub(crate) fn get(&self) -> Arc<T> {
        self.present.load_full()
    }

    /// Makes what `edit` gives hold, once it is stored.
    ///
    /// # Errors
    /// When `edit` refuses or the store fails; then what held before still holds.
    pub(crate) async fn edit(&self, edit: impl FnOnce(&T) -> Result<T, Fault>) -> Result<(), Fault> {
        let _one = self.changing.lock().await;
        let changed = edit(&self.present.load())?;
        let (name, record) = (self.name, serde_json::to_vec(&changed).map_err(Fault::internal)?);
        transact(&*self.view, move |tx| tx.put(slot(name), &record).map(|_| ()))
            .await
            .map_err(fault::storage)?;
        self.present.store(Arc::new(changed));
        Ok(())
    }
}

fn slot(name: &str) -> Slot<'_> {
    Slot { table: Table::System, folder: "", name, version: 0 }
}
