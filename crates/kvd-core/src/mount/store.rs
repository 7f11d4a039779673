//! Keeps the mounts: one record each in the store, one table in memory, changed together.

use super::{Family, Mount, MountConfig, MountRecord, MountTable, entry::Target};
use crate::{
    fault::{self, TxFault},
    house::HouseRoutes,
    seal::views,
    tx,
    vault::Inner,
};
use arc_swap::ArcSwap;
use kvd_backend::MountOptions;
use kvd_barrier::{Barrier, BarrierTx};
use kvd_json::Text;
use kvd_storage::{Slot, Table, View, ViewError, ViewTx, transact};
use kvd_types::{Fault, NamespaceId, ViewId};
use std::sync::Arc;

/// The mounts of an unsealed vault.
pub(crate) struct MountStore {
    view: Arc<dyn View>,
    barrier: Arc<Barrier>,
    table: Arc<ArcSwap<MountTable>>,
    /// One change at a time: each is judged against the table that the one before has left.
    changing: tokio::sync::Mutex<()>,
}

const FOLDER: &str = "mounts/";

fn slot(name: &str) -> Slot<'_> {
    Slot { table: Table::System, folder: FOLDER, name, version: 0 }
}

/// Secrets and auth mounts of the same path are two records.
fn slot_name(record: &MountRecord) -> String {
    record.full_path()
}

impl MountStore {
    /// Reads all mounts and builds their engines.
    pub(crate) async fn load(vault: &Inner, barrier: &Arc<Barrier>) -> Result<Self, Fault> {
        let view = views::system(barrier, views::MOUNTS);
        let mut table = MountTable::default();
        for (_, opened) in view.list_records(Table::System, FOLDER).await.map_err(fault::storage)? {
            let record: MountRecord = serde_json::from_slice(opened.plain.expose())
                .map_err(|_| fault::storage(ViewError::Malformed { what: "mounts" }))?;
            table.insert(Arc::new(build(vault, barrier, record)?));
        }
        let table = Arc::new(ArcSwap::from_pointee(table));
        Ok(Self { view, barrier: Arc::clone(barrier), table, changing: tokio::sync::Mutex::new(()) })
    }

    /// The present mounts, for those who look again and again.
    pub(crate) fn shared(&self) -> Arc<ArcSwap<MountTable>> {
        Arc::clone(&self.table)
    }

    /// The present mounts.
    pub(crate) fn table(&self) -> Arc<MountTable> {
        self.table.load_full()
    }

    pub(crate) fn find<'p>(&self, path: &'p str) -> Option<(Arc<Mount>, &'p str)> {
        self.table.load().find(path)
    }

    /// Adds a mount.
    ///
    /// # Errors
    /// When the path is taken, the engine refuses its options, or the store fails.
    pub(crate) async fn add(&self, vault: &Inner, record: MountRecord) -> Result<(), Fault> {
        let _one = self.changing.lock().await;
        if let Some(taken) = self.table.load().conflict(&record.full_path()) {
            return Err(Fault::invalid(format!("path is already in use at {}", taken.record.path)));
        }
        let mount = Arc::new(build(vault, &self.barrier, record)?);
        self.save(&mount.record).await?;
        self.change(|table| table.insert(Arc::clone(&mount)));
        Ok(())
    }

    /// Removes a mount and everything in it, in one transaction with `also`; what is not there stays so.
    ///
    /// # Errors
    /// When the store fails; the mount is then still there, whole.
    pub(crate) async fn remove<T: Send + 'static>(
        &self,
        full_path: &str,
        mut also: impl FnMut(&mut BarrierTx<'_>, ViewId) -> Result<T, TxFault> + Send + 'static,
    ) -> Result<Option<T>, Fault> {
        let _one = self.changing.lock().await;
        let Some(mount) = self.table.load().get(full_path).cloned() else { return Ok(None) };
        let (name, id) = (slot_name(&mount.record), mount.record.view_id());
        // The record and the data go in one batch: after a crash either both are there or neither is.
        let also = tx::transact(&self.barrier, move |tx| {
            tx.view(NamespaceId::ROOT, views::MOUNTS).delete(slot(&name));
            tx.view(NamespaceId::ROOT, id).clear();
            also(tx, id)
        })
        .await?;
        self.change(|table| {
            table.remove(full_path);
        });
        Ok(Some(also))
    }

    /// Changes the record of a mount.
    ///
    /// # Errors
    /// When there is no such mount, `edit` refuses, or the store fails.
    pub(crate) async fn edit(
        &self,
        vault: &Inner,
        full_path: &str,
        edit: impl FnOnce(&mut MountRecord) -> Result<(), Fault>,
    ) -> Result<Arc<Mount>, Fault> {
        let _one = self.changing.lock().await;
        let Some(mount) = self.table.load().get(full_path).cloned() else { return Err(Fault::absent()) };
        let mut record = mount.record.clone();
        edit(&mut record)?;
        let changed = Arc::new(build(vault, &self.barrier, record)?);
        self.save(&changed.record).await?;
        self.change(|table| table.insert(Arc::clone(&changed)));
        Ok(changed)
    }

    /// Moves a mount to another path of its family; its records stay where they are.
    ///
    /// # Errors
    /// When there is no such mount, the new path is taken, or the store fails.
    pub(crate) async fn rename(&self, vault: &Inner, from: &str, to_path: &str) -> Result<(), Fault> {
        let _one = self.changing.lock().await;
        // As it is by the time of the move: it may have been tuned since the move was asked for.
        let Some(mount) = self.table.load().get(from).cloned() else { return Err(Fault::absent()) };
        let mut record = mount.record.clone();
        to_path.clone_into(&mut record.path);
        if let Some(taken) = self.table.load().conflict(&record.full_path()) {
            return Err(Fault::invalid(format!("path already in use at {:?}", taken.info.path)));
        }
        let changed = Arc::new(build(vault, &self.barrier, record)?);
        let (old, new) = (slot_name(&mount.record), slot_name(&changed.record));
        let text = encode(&changed.record)?;
        transact(&*self.view, move |tx| {
            tx.delete(slot(&old));
            tx.put(slot(&new), text.as_str().as_bytes())?;
            Ok::<_, ViewError>(())
        })
        .await
        .map_err(fault::storage)?;
        self.change(|table| {
            table.remove(from);
            table.insert(Arc::clone(&changed));
        });
        Ok(())
    }

    async fn save(&self, record: &MountRecord) -> Result<(), Fault> {
        let (name, text) = (slot_name(record), encode(record)?);
        transact(&*self.view, move |tx| tx.put(slot(&name), text.as_str().as_bytes()).map(|_| ()))
            .await
            .map_err(fault::storage)
    }

    fn change(&self, edit: impl FnOnce(&mut MountTable)) {
        let mut table = MountTable::clone(&self.table.load());
        edit(&mut table);
        self.table.store(Arc::new(table));
    }
}

/// Whether a mount is still there, within a transaction.
///
/// # Errors
/// When the store fails.
pub(crate) fn is_mounted(tx: &mut BarrierTx<'_>, record: &MountRecord) -> Result<bool, ViewError> {
    let stored = tx.view(NamespaceId::ROOT, views::MOUNTS).get(slot(&slot_name(record)))?;
    let stored = stored.and_then(|opened| serde_json::from_slice::<MountRecord>(opened.plain.expose()).ok());
    Ok(stored.is_some_and(|stored| stored.view == record.view))
}

fn encode(record: &MountRecord) -> Result<Text, Fault> {
    serde_json::to_vec(record)
        .map_err(Fault::internal)
        .and_then(|b| Text::from_stored(b).map_err(Fault::internal))
}

/// The live mount of a record.
pub(crate) fn build(vault: &Inner, barrier: &Arc<Barrier>, record: MountRecord) -> Result<Mount, Fault> {
    let target = match house_routes(record.family, &record.kind) {
        Some(table) => Target::House(table),
        None => {
            let factory = match record.family {
                Family::Secrets => vault.registry.factory(&record.kind),
                Family::Auth => vault.registry.auth_factory(&record.kind),
            };
            let factory = factory.ok_or_else(|| unknown_kind(&record.kind))?;
            let none = MountOptions::new();
            Target::Engine(factory(record.options.as_ref().unwrap_or(&none))?)
        }
    };
    let info = Mount::info_of(&record, &vault.settings);
    let view = views::of(barrier, record.view_id());
    Ok(Mount { record, target, view, info })
}

/// The endpoints that the vault answers itself.
fn house_routes(family: Family, kind: &str) -> Option<&'static HouseRoutes> {
    static TOKEN: HouseRoutes = HouseRoutes(&[&crate::token::ROUTES, &crate::token::ROLE_ROUTES]);
    match (family, kind) {
        (Family::Secrets, "system") => Some(&crate::sys::ROUTES),
        (Family::Secrets, "identity") => Some(&crate::identity::ROUTES),
        (Family::Auth, "token") => Some(&TOKEN),
        _ => None,
    }
}

pub(crate) fn unknown_kind(kind: &str) -> Fault {
    Fault::invalid(format!("plugin not found in the catalog: {kind}"))
}

/// The mounts that every vault has from its first day.
pub(crate) fn built_in(vault: &Inner) -> Result<Vec<MountRecord>, Fault> {
    let secrets = [
        ("sys/", "system", "system endpoints used for control, policy and debugging", false, true),
        ("identity/", "identity", "identity store", false, false),
        ("cubbyhole/", "cubbyhole", "per-token private secret storage", true, false),
    ];
    let mut records = Vec::new();
    for (path, kind, description, local, seal_wrap) in secrets {
        let mut record = new_record(vault, Family::Secrets, path, kind)?;
        record.description = description.to_owned();
        record.local = local;
        record.seal_wrap = seal_wrap;
        record.options = None;
        record.config.passthrough_request_headers = match kind {
            "system" => vec!["Accept".to_owned()],
            "identity" => vec!["Authorization".to_owned()],
            _ => Vec::new(),
        };
        records.push(record);
    }
    let mut token = new_record(vault, Family::Auth, "token/", "token")?;
    token.description = "token based credentials".to_owned();
    token.options = None;
    token.config.token_type = Some("default-service".to_owned());
    records.push(token);
    Ok(records)
}

/// A record for a new mount, with a view, a UUID and an accessor of its own.
pub(crate) fn new_record(
    vault: &Inner,
    family: Family,
    path: &str,
    kind: &str,
) -> Result<MountRecord, Fault> {
    let mut tail = [0; 4];
    vault.entropy.fill(&mut tail).map_err(fault::entropy)?;
    let prefix = if family == Family::Auth { "auth_" } else { "" };
    Ok(MountRecord {
        family,
        path: path.to_owned(),
        kind: kind.to_owned(),
        description: String::new(),
        accessor: format!("{prefix}{kind}_{}", hex::encode(tail)),
        uuid: crate::random::uuid(&*vault.entropy)?,
        view: ViewId::draw(&*vault.entropy).map_err(fault::entropy)?.0,
        local: false,
        seal_wrap: false,
        external_entropy_access: false,
        options: Some(MountOptions::new()),
        config: MountConfig::default(),
        upgrading: false,
    })
}
