//! The audit devices of an unsealed vault: kept in the store, alive in the broker, changed together.

mod declared;

use crate::{
    config::Stored,
    fault::{self, TxFault},
    seal::{Unsealed, views},
    vault::Inner,
};
use arc_swap::ArcSwap;
use kvd_audit::{
    Broker, Device, DeviceOptions, DeviceRules, EnableError, HeaderRules, Notary, PublicKey, Signer,
};
use kvd_barrier::{Barrier, HmacKey, SIGNATURE, SigningKey};
use kvd_storage::{Slot, Table, View, ViewError, transact};
use kvd_types::{Fault, RequestId};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};

const FOLDER: &str = "devices/";
/// Between two records in the chains of the logs.
const CHECKPOINTS: Duration = Duration::from_secs(1);

/// What is stored of an audit device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceRecord {
    /// With a slash at the end.
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) description: String,
    pub(crate) local: bool,
    /// As they were given: look-ups show them.
    pub(crate) options: BTreeMap<String, String>,
    /// Tells the device's hashes from those of every other, also of an earlier one at the same path.
    pub(crate) salt_id: String,
    /// Whether it comes from the configuration, which alone can then change it.
    #[serde(default)]
    pub(crate) declared: bool,
}

/// The request headers that are written: lower-case names, and whether the value is hidden.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AuditedHeaders(pub(crate) BTreeMap<String, bool>);

impl AuditedHeaders {
    fn rules(&self) -> HeaderRules {
        HeaderRules::new(self.0.clone())
    }
}

/// The vault's key as what signs the chains of audit logs.
struct ChainKey(SigningKey);

impl Signer for ChainKey {
    fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        self.0.sign(message)
    }

    fn public_key(&self) -> [u8; 32] {
        self.0.public_key()
    }
}

/// The audit devices of an unsealed vault.
pub(crate) struct Auditor {
    pub(crate) broker: Broker,
    view: Arc<dyn View>,
    opener: Opener,
    devices: ArcSwap<Vec<DeviceRecord>>,
    headers: Stored<AuditedHeaders>,
    changing: tokio::sync::Mutex<()>,
}

impl Auditor {
    /// Reads the devices and opens them.
    ///
    /// # Errors
    /// When one cannot be opened: without it the vault would do things that nobody records.
    pub(crate) async fn load(vault: &Inner, barrier: &Arc<Barrier>) -> Result<Self, Fault> {
        let view = views::system(barrier, views::AUDIT);
        let signer = Arc::new(ChainKey(barrier.signing_key("audit").map_err(Fault::internal)?));
        let opener = Opener {
            salts: barrier.purpose_key("audit").map_err(Fault::internal)?,
            notary: Notary::new(signer, vault.clock.clone()),
            rules: vault.settings.audit.rules(),
        };
        let broker = Broker::default();
        let headers = Stored::<AuditedHeaders>::load(barrier, "audited-headers").await?;
        broker.set_headers(headers.get().rules());
        let mut stored = Vec::new();
        for (_, opened) in view.list_records(Table::System, FOLDER).await.map_err(fault::storage)? {
            let record: DeviceRecord = serde_json::from_slice(opened.plain.expose())
                .map_err(|_| fault::storage(ViewError::Malformed { what: "audit devices" }))?;
            stored.push(record);
        }
        let devices = declared::reconcile(vault, &view, stored).await?;
        for record in &devices {
            let device = opener.open(record).map_err(Fault::internal)?;
            broker.enable(device).map_err(Fault::internal)?;
        }
        Ok(Self {
            broker,
            view,
            opener,
            headers,
            devices: ArcSwap::from_pointee(devices),
            changing: tokio::sync::Mutex::new(()),
        })
    }

    /// All devices, sorted by path.
    pub(crate) fn devices(&self) -> Arc<Vec<DeviceRecord>> {
        self.devices.load_full()
    }

    /// Sets a device up: it has to take a trial record before anything depends on it.
    ///
    /// # Errors
    /// When the options make no sense, the device does not work, or the store fails.
    #[expect(clippy::too_many_arguments, reason = "these are the members of one body, and the call's id")]
    pub(crate) async fn enable(
        &self,
        vault: &Inner,
        path: &str,
        kind: &str,
        description: &str,
        local: bool,
        options: BTreeMap<String, String>,
        id: RequestId,
    ) -> Result<(), Fault> {
        let _one = self.changing.lock().await;
        let mut salt = [0; 16];
        vault.entropy.fill(&mut salt).map_err(fault::entropy)?;
        let record = DeviceRecord {
            path: path.to_owned(),
            kind: kind.to_owned(),
            description: description.to_owned(),
            local,
            options,
            salt_id: hex::encode(salt),
            declared: false,
        };
        let taken = |d: &DeviceRecord| d.path.starts_with(path) || path.starts_with(&d.path);
        if self.devices.load().iter().any(taken) {
            return Err(refusal(&EnableError::PathInUse));
        }
        let parsed = DeviceOptions::parse(kind, &record.options).map_err(|e| refusal(&e))?;
        let device = self.opener.open(&record).map_err(|e| refusal(&e))?;
        if !parsed.skip_test {
            device.trial(vault.clock.now(), id).await.map_err(|e| refusal(&e))?;
        }
        let (name, bytes) = (record.path.clone(), serde_json::to_vec(&record).map_err(Fault::internal)?);
        transact(&*self.view, move |tx| tx.put(slot(&name), &bytes).map(|_| ()))
            .await
            .map_err(fault::storage)?;
        self.broker.enable(device).map_err(|e| refusal(&e))?;
        let mut devices = Vec::clone(&self.devices.load());
        devices.push(record);
        devices.sort_by(|a, b| a.path.cmp(&b.path));
        self.devices.store(Arc::new(devices));
        Ok(())
    }

    /// Lets a device go; one that is not there is no error.
    ///
    /// # Errors
    /// When the store fails; the device is then still in use.
    pub(crate) async fn disable(&self, path: &str) -> Result<(), Fault> {
        let _one = self.changing.lock().await;
        if self.devices.load().iter().any(|d| d.path == path && d.declared) {
            return Err(Fault::invalid("the audit device is declared in the server's configuration"));
        }
        let name = path.to_owned();
        transact(&*self.view, move |tx| {
            tx.delete(slot(&name));
            Ok::<_, TxFault>(())
        })
        .await?;
        self.broker.disable(path);
        let kept = self.devices.load().iter().filter(|d| d.path != path).cloned().collect();
        self.devices.store(Arc::new(kept));
        Ok(())
    }

    /// What a device shows for a text.
    pub(crate) fn hash(&self, path: &str, text: &str) -> Option<String> {
        self.broker.hash(path, text)
    }

    /// What checks the signatures of the chains of all logs.
    pub(crate) fn public_key(&self) -> PublicKey {
        self.opener.notary.public_key()
    }

    /// The request headers that are written.
    pub(crate) fn headers(&self) -> Arc<AuditedHeaders> {
        self.headers.get()
    }

    /// Changes which request headers are written.
    ///
    /// # Errors
    /// When the store fails; the headers stay as they were.
    pub(crate) async fn set_headers(&self, edit: impl FnOnce(&mut AuditedHeaders)) -> Result<(), Fault> {
        let _one = self.changing.lock().await;
        let changed = |old: &AuditedHeaders| {
            let mut headers = old.clone();
            edit(&mut headers);
            Ok(headers)
        };
        self.headers.edit(changed).await?;
        self.broker.set_headers(self.headers.get().rules());
        Ok(())
    }

    /// Lets go of all files, as sealing does.
    pub(crate) fn close(&self) {
        self.broker.clear();
    }
}

fn slot(name: &str) -> Slot<'_> {
    Slot { table: Table::System, folder: FOLDER, name, version: 0 }
}

/// What devices are opened with.
struct Opener {
    salts: HmacKey,
    notary: Notary,
    rules: DeviceRules,
}

impl Opener {
    fn open(&self, record: &DeviceRecord) -> Result<Device, EnableError> {
        let options = DeviceOptions::parse(&record.kind, &record.options)?;
        let salt = self.salts.sign(record.salt_id.as_bytes());
        Device::open(&record.path, &options, &salt, &self.rules, Some(self.notary.clone()))
    }
}

/// Has all logs attested once a second, until the vault is sealed.
pub(crate) async fn checkpoint_forever(unsealed: Weak<Unsealed>) {
    loop {
        tokio::time::sleep(CHECKPOINTS).await;
        let Some(unsealed) = unsealed.upgrade() else { return };
        unsealed.audit.broker.checkpoint();
    }
}

fn refusal(error: &EnableError) -> Fault {
    Fault::invalid(error.to_string())
}
