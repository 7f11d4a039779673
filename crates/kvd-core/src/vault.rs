//! The vault: what is there whether sealed or not, and the service that doors speak to.

use crate::{
    in_flight::InFlight,
    log_levels::{LogLevel, LogLevels},
    metrics::Metrics,
    pipeline,
    published::Published,
    seal::SealSwitch,
    sys::CorsSettings,
};
use futures_util::future::BoxFuture;
use kvd_audit::DeviceRules;
use kvd_backend::Registry;
use kvd_storage::Store;
use kvd_types::{Call, Clock, Entropy, Fault, Reply};
use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::PathBuf,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// What a vault is built from.
pub struct Parts {
    /// Where everything is kept, sealed.
    pub store: Arc<dyn Store>,
    /// The engines that can be mounted.
    pub registry: Registry,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: Arc<dyn Entropy>,
    /// How the vault is to behave.
    pub settings: Settings,
}

/// How a vault behaves, out of its configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long leases last where nobody says otherwise; 768 hours as in Vault.
    pub default_lease: Duration,
    /// How long leases last at most.
    pub max_lease: Duration,
    /// The name of the cluster; drawn at random when none is given.
    pub cluster_name: Option<String>,
    /// The version that status calls report; has to be of the form that Vault's clients parse.
    pub version: String,
    /// When the program was built, RFC 3339.
    pub build_date: String,
    /// What the storage is called in status calls.
    pub storage_type: &'static str,
    /// Where audit devices may write, and what.
    pub audit: AuditSettings,
    /// The address that clients are told of, such as `https://kvd.example:8200`; empty when there is none.
    pub api_address: String,
    /// Where this node itself is reached: the address that clients are told of, or that of its first listener.
    pub own_address: String,
    /// The address that other nodes are told of; empty when there is none.
    pub cluster_address: String,
    /// The listeners, as the sanitized configuration shows them.
    pub listeners: Vec<ListenerFacts>,
    /// The level of the log at the start.
    pub log_level: String,
    /// Whether metrics are shown in the form for Prometheus.
    pub prometheus: bool,
}

/// What may be known of a listener.
#[derive(Clone, Debug)]
pub struct ListenerFacts {
    /// `tcp` or `unix`.
    pub kind: String,
    /// Where it listens.
    pub address: String,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// Limits for the audit devices that callers can set up.
#[derive(Clone, Debug, Default)]
pub struct AuditSettings {
    /// Whether a device may put a text in front of each line.
    pub allow_prefix: bool,
    /// Folders that files have to lie in; anywhere that is not forbidden when empty.
    pub folders: Vec<PathBuf>,
    /// Folders that files must not lie in, such as the store's own, beside those of programs and their configuration.
    pub forbidden: Vec<PathBuf>,
    /// The devices that the configuration declares: set up whenever the vault is unsealed, and let go when they are
    /// declared no more.
    pub devices: Vec<AuditDevice>,
}

/// An audit device that the configuration declares.
#[derive(Clone, Debug, Default)]
pub struct AuditDevice {
    /// The path it is set up under.
    pub path: String,
    /// The kind of device.
    pub kind: String,
    /// What it is for.
    pub description: String,
    /// Whether it stays on this cluster.
    pub local: bool,
    /// Its options, as `sys/audit` takes them.
    pub options: BTreeMap<String, String>,
}

impl AuditSettings {
    pub(crate) fn rules(&self) -> DeviceRules {
        let mut rules = DeviceRules { allow_prefix: self.allow_prefix, ..DeviceRules::default() };
        rules.folders.clone_from(&self.folders);
        rules.forbidden.extend_from_slice(&self.forbidden);
        rules
    }
}

/// The version of Vault whose API this is.
pub const API_VERSION: &str = "1.21.1";

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_lease: Duration::from_secs(768 * 3600),
            max_lease: Duration::from_secs(768 * 3600),
            cluster_name: None,
            version: API_VERSION.to_owned(),
            build_date: "1970-01-01T00:00:00Z".to_owned(),
            storage_type: "inmem",
            audit: AuditSettings::default(),
            api_address: String::new(),
            own_address: String::new(),
            cluster_address: String::new(),
            listeners: Vec::new(),
            log_level: "info".to_owned(),
            prometheus: false,
        }
    }
}

/// A vault: a service from [`Call`] to [`Reply`] or [`Fault`], cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Registry,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: Settings,
    pub(crate) seal: SealSwitch,
    pub(crate) cors: Published<CorsSettings>,
    pub(crate) log_levels: Published<LogLevels>,
    pub(crate) metrics: Metrics,
    pub(crate) in_flight: InFlight,
}

impl Vault {
    /// A sealed vault over a store.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, registry, clock, entropy, settings } = parts;
        let configured = LogLevel::parse(&settings.log_level).unwrap_or(LogLevel::Info);
        Self(Arc::new(Inner {
            store,
            registry,
            clock,
            entropy,
            settings,
            seal: SealSwitch::default(),
            cors: Published::new(CorsSettings::default()),
            log_levels: Published::new(LogLevels::new(configured)),
            metrics: Metrics::default(),
            in_flight: InFlight::default(),
        }))
    }

    /// Tells `listener` which pages may call through a browser: now, and at each change before it is answered. While
    /// sealed, none may. The listener must be quick and must not call the vault.
    pub fn on_cors_change(&self, listener: impl Fn(&CorsSettings) + Send + Sync + 'static) {
        self.0.cors.subscribe(listener);
    }

    /// Tells `listener` how much each part of the program is to log: now, and at each change. The listener must be
    /// quick and must not call the vault.
    pub fn on_log_levels_change(&self, listener: impl Fn(&LogLevels) + Send + Sync + 'static) {
        self.0.log_levels.subscribe(listener);
    }

    /// A refusal of a call that is over its rate limit, for doors that ask before they read a body. None says nothing.
    pub fn turn_away(&self, path: &str, address: Option<IpAddr>) -> Option<Fault> {
        let unsealed = self.0.seal.unsealed()?;
        unsealed.quotas.turn_away(path, address, self.0.clock.now())
    }

    /// Changes the level that parts of the log have where nobody has set another, as when the configuration is read
    /// again.
    pub fn set_log_level(&self, level: LogLevel) {
        self.0.log_levels.edit(|levels| levels.configure(level));
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Takes a call through the request path.
    ///
    /// # Errors
    /// Whatever refuses the call.
    pub async fn serve(&self, call: Call) -> Result<Reply, Fault> {
        pipeline::serve(Arc::clone(&self.0), call).await
    }
}

impl tower::Service<Call> for Vault {
    type Response = Reply;
    type Error = Fault;
    type Future = BoxFuture<'static, Result<Reply, Fault>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        Box::pin(pipeline::serve(Arc::clone(&self.0), call))
    }
}
