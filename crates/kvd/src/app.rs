//! The server: built from its configuration, run until it is told to stop, drained.

use crate::{
    config::{self, Config, Listener, StorageKind},
    listener::Door,
};
use anyhow::{Context as _, Result, bail};
use kvd_backend::{Outbound, Registry};
use kvd_core::{AuditSettings, CorsSettings, ListenerFacts, Parts, Settings, Vault};
use kvd_http::{AllowedOrigins, CorsPolicy, Gateway, SharedCorsPolicy};
use kvd_outbound::{Bounds, HttpOutbound};
use kvd_storage::{Counters, MemoryStore, Store};
use kvd_storage_rocksdb::{Options, RocksStore};
use kvd_types::{Entropy, SystemClock, SystemEntropy};
use std::{future::Future, net::IpAddr, sync::Arc};
use tokio::{sync::watch, task::JoinSet};

/// A server that is ready to answer.
pub struct App {
    /// The vault behind the doors.
    pub vault: Vault,
    /// The doors, in the order of the configuration.
    pub doors: Vec<Door>,
    entropy: Arc<dyn Entropy>,
    counters: Box<dyn Fn() -> Counters + Send + Sync>,
}

impl App {
    /// Opens the store, builds the vault and binds the listeners. Nothing is answered yet.
    ///
    /// # Errors
    /// When the configuration lacks something, the store cannot be opened, or an address is taken.
    pub async fn build(config: &Config) -> Result<Self> {
        if config.listener.is_empty() {
            bail!("the configuration has no listener, so nobody could reach the server");
        }
        let mut doors = Vec::with_capacity(config.listener.len());
        for listener in &config.listener {
            doors.push(Door::open(listener).await?);
        }
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let (store, counters) = store(config)?;
        let mut registry = Registry::default();
        kvd_secrets::register(&mut registry);
        let outbound: Arc<dyn Outbound> = Arc::new(HttpOutbound::new(Bounds::default()));
        kvd_auth::register(&mut registry, &outbound);
        let vault = Vault::new(Parts {
            store,
            registry,
            clock: Arc::new(SystemClock),
            entropy: entropy.clone(),
            settings: settings(config, &doors),
        });
        Ok(Self { vault, doors, entropy, counters })
    }

    /// Answers requests until `stop` resolves; then finishes what runs and seals the vault.
    ///
    /// # Errors
    /// When a listener ends by itself.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<()> {
        let (stopping, stopped) = watch::channel(false);
        let mut doors = JoinSet::new();
        let cors = SharedCorsPolicy::default();
        let shared = cors.clone();
        self.vault.on_cors_change(move |settings| shared.store(Arc::new(cors_policy(settings))));
        for door in self.doors {
            let limits = self.vault.clone();
            let gateway = Gateway::new(self.vault.clone(), &door.settings, self.entropy.clone())
                .with_cors(cors.clone())
                .with_hurdle(Arc::new(move |path: &str, address: Option<IpAddr>| {
                    limits.turn_away(path, address)
                }));
            let mut stopped = stopped.clone();
            let stopped = async move { _ = stopped.wait_for(|stopped| *stopped).await };
            doors.spawn(kvd_http::serve(door.socket, door.settings, door.tls, gateway, stopped));
        }
        let ended_early = tokio::select! {
            () = stop => false,
            _ = doors.join_next() => true,
        };
        stopping.send_replace(true);
        while doors.join_next().await.is_some() {}
        self.vault.seal().await;
        let Counters { works, flushes, .. } = (self.counters)();
        tracing::info!(transactions = works, flushes, "stopped");
        if ended_early {
            bail!("a listener ended by itself");
        }
        Ok(())
    }
}

/// A store, and a way to ask what it has done.
type CountedStore = (Arc<dyn Store>, Box<dyn Fn() -> Counters + Send + Sync>);

fn store(config: &Config) -> Result<CountedStore> {
    let path = &config.storage.path;
    match config.storage.kind {
        StorageKind::Inmem => {
            let store = Arc::new(MemoryStore::in_memory()?);
            return Ok((store.clone(), Box::new(move || store.counters())));
        }
        StorageKind::Rocksdb => {}
        StorageKind::File | StorageKind::Raft => tracing::warn!(
            path = %path.display(),
            "the storage is kept in RocksDB under the path of the configuration; data of another server there is not read"
        ),
    }
    let store = RocksStore::open(path, &Options::default())
        .with_context(|| format!("the store in {} cannot be opened", path.display()))?;
    let store = Arc::new(store);
    Ok((store.clone(), Box::new(move || store.counters())))
}

fn settings(config: &Config, doors: &[Door]) -> Settings {
    let defaults = Settings::default();
    Settings {
        default_lease: config.default_lease_ttl.unwrap_or(defaults.default_lease),
        max_lease: config.max_lease_ttl.unwrap_or(defaults.max_lease),
        cluster_name: config.cluster_name.clone(),
        version: kvd_cli::COMPATIBLE_VERSION.to_owned(),
        build_date: env!("KVD_BUILD_DATE").to_owned(),
        storage_type: storage_name(config.storage.kind),
        // A device that could write into the store could destroy it.
        audit: AuditSettings {
            allow_prefix: config.allow_audit_log_prefixing.unwrap_or(false),
            forbidden: vec![config.storage.path.clone()],
            devices: config.audit.iter().map(audit_device).collect(),
            ..AuditSettings::default()
        },
        api_address: config.api_addr.clone().unwrap_or_default(),
        own_address: config.api_addr.clone().or_else(|| doors.first().map(Door::url)).unwrap_or_default(),
        cluster_address: config.cluster_addr.clone().unwrap_or_default(),
        listeners: config.listener.iter().map(listener_facts).collect(),
        log_level: config.log_level.name().to_owned(),
        prometheus: config.shows_prometheus(),
    }
}

fn audit_device(device: &config::AuditDevice) -> kvd_core::AuditDevice {
    kvd_core::AuditDevice {
        path: device.path.clone(),
        kind: device.kind.clone(),
        description: device.description.clone(),
        local: device.local,
        options: device.options.clone(),
    }
}

fn listener_facts(listener: &Listener) -> ListenerFacts {
    ListenerFacts { kind: "tcp".to_owned(), address: listener.address.clone(), tls: !listener.tls_disable }
}

/// The vault's words for what browsers may do, in those of the doors.
fn cors_policy(settings: &CorsSettings) -> CorsPolicy {
    let origins = &settings.allowed_origins;
    CorsPolicy {
        enabled: settings.enabled,
        allowed_origins: match origins.iter().any(|origin| origin == "*") {
            true => AllowedOrigins::Any,
            false => AllowedOrigins::Listed(origins.clone()),
        },
        allowed_headers: settings.allowed_headers.clone(),
        allow_credentials: settings.allow_credentials,
    }
}

/// What status calls call the store: the name that the configuration gave it.
pub fn storage_name(kind: StorageKind) -> &'static str {
    match kind {
        StorageKind::Rocksdb => "rocksdb",
        StorageKind::Inmem => "inmem",
        StorageKind::File => "file",
        StorageKind::Raft => "raft",
    }
}
