//! The configuration as the rest of the program sees it: every value has been checked.

use serde::{Deserialize, Deserializer};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Everything that was configured.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The address that other programs reach this server at.
    pub api_addr: Option<String>,
    /// The address that other nodes would reach this server at.
    pub cluster_addr: Option<String>,
    /// A name for this installation.
    pub cluster_name: Option<String>,
    /// How long a token or lease lives when nothing else is asked for.
    #[serde(deserialize_with = "nanoseconds")]
    pub default_lease_ttl: Option<Duration>,
    /// How long a token or lease can live at most.
    #[serde(deserialize_with = "nanoseconds")]
    pub max_lease_ttl: Option<Duration>,
    /// Whether audit devices may put a text in front of each line.
    pub allow_audit_log_prefixing: Option<bool>,
    /// `false` asks for all memory of the process to be locked.
    pub disable_mlock: Option<bool>,
    /// Where log lines go besides the standard error.
    pub log_file: Option<PathBuf>,
    /// How log lines look.
    pub log_format: Option<LogFormat>,
    /// The least important lines that are written.
    pub log_level: LogLevel,
    /// Where the process id is written.
    pub pid_file: Option<PathBuf>,
    /// Where everything is kept.
    pub storage: Storage,
    /// The addresses to answer at.
    pub listener: Vec<Listener>,
    /// The audit devices that are always there.
    pub audit: Vec<AuditDevice>,
    /// What metrics show; none without such a block.
    pub telemetry: Option<Telemetry>,
}

/// An audit device that is always there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditDevice {
    /// Which kind of device.
    #[serde(rename = "type")]
    pub kind: String,
    /// The path it is set up under.
    pub path: String,
    /// What it is for.
    pub description: String,
    /// Whether it stays on this cluster.
    pub local: bool,
    /// Its options, as `sys/audit` takes them.
    pub options: BTreeMap<String, String>,
}

/// What metrics show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Telemetry {
    /// Nothing turns the form for Prometheus off; not given, it is on.
    #[serde(deserialize_with = "nanoseconds")]
    pub prometheus_retention_time: Option<Duration>,
}

impl Config {
    /// Whether metrics are shown in the form for Prometheus.
    pub fn shows_prometheus(&self) -> bool {
        let off = |t: &Telemetry| t.prometheus_retention_time.is_some_and(|time| time.is_zero());
        self.telemetry.as_ref().is_some_and(|telemetry| !off(telemetry))
    }
}

/// What one listener opens of the metrics.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListenerTelemetry {
    /// Whether they are shown to callers without a token.
    pub unauthenticated_metrics_access: bool,
}

/// What one listener opens of the calls that are under way.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct InFlightAccess {
    /// Whether they are shown to callers without a token.
    pub unauthenticated_in_flight_requests_access: bool,
}

/// Where everything is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Storage {
    /// Which kind of store.
    #[serde(rename = "type")]
    pub kind: StorageKind,
    /// The folder of a store on disk.
    pub path: PathBuf,
}

/// The kinds of stores that configuration files name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageKind {
    /// On disk.
    #[default]
    Rocksdb,
    /// In memory, forgotten at the end.
    Inmem,
    /// Vault's store of single files: its path is kept, the store is RocksDB.
    File,
    /// Vault's integrated storage: its path is kept, the store is RocksDB.
    Raft,
}

/// An address to answer requests at.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Listener {
    /// Host and port.
    pub address: String,
    /// Whether to speak plain HTTP.
    pub tls_disable: bool,
    /// The certificate and what it was signed with.
    pub tls_cert_file: Option<PathBuf>,
    /// The certificate's private key.
    pub tls_key_file: Option<PathBuf>,
    /// The authorities that certificates of clients must come from.
    pub tls_client_ca_file: Option<PathBuf>,
    /// The oldest version of TLS that is spoken.
    pub tls_min_version: TlsVersion,
    /// The newest version of TLS that is spoken.
    pub tls_max_version: Option<TlsVersion>,
    /// Whether clients without a certificate are refused.
    pub tls_require_and_verify_client_cert: bool,
    /// Whether clients are not even asked for a certificate.
    pub tls_disable_client_certs: bool,
    /// Bytes of one body.
    pub max_request_size: Option<u64>,
    /// How long one request may take.
    #[serde(deserialize_with = "nanoseconds")]
    pub max_request_duration: Option<Duration>,
    /// Texts that the JSON of one body may hold.
    pub max_request_json_strings: Option<u64>,
    /// Whether `sys/rekey/*` is closed to callers without a token.
    pub disable_unauthed_rekey_endpoints: bool,
    /// Whether `sys/generate-root/*` is closed to callers without a token.
    pub disable_unauthed_generate_root_endpoints: bool,
    /// Which of the two are open, in Vault 2's words.
    pub enable_unauthenticated_access: Vec<OpenPath>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub x_forwarded_for_authorized_addrs: Vec<String>,
    /// How many addresses from the right of the header are proxies too.
    pub x_forwarded_for_hop_skips: u64,
    /// Whether other senders of the header are refused.
    pub x_forwarded_for_reject_not_authorized: bool,
    /// Whether proxies that do not send the header are refused.
    pub x_forwarded_for_reject_not_present: bool,
    /// Headers to add to answers, by status.
    pub custom_response_headers: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// How much memory the JSON of one body may need, in bytes.
    pub max_request_json_memory: Option<u64>,
    /// What it opens of the metrics.
    pub telemetry: ListenerTelemetry,
    /// What it opens of the calls that are under way.
    pub inflight_requests_logging: InFlightAccess,
}

/// The parts of `sys` that a listener can open to callers without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpenPath {
    /// `sys/rekey/*`
    Rekey,
    /// `sys/generate-root/*`
    GenerateRoot,
}

/// A version of TLS; older ones cannot be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsVersion {
    /// TLS 1.2
    #[default]
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[serde(alias = "text", alias = "unspecified")]
    Standard,
    /// One JSON object a line.
    Json,
}

/// The least important lines that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What developers want to know.
    Debug,
    /// What operators want to know.
    #[default]
    #[serde(alias = "notice")]
    Info,
    /// What operators should look at.
    #[serde(alias = "warning")]
    Warn,
    /// What failed.
    #[serde(alias = "err")]
    Error,
}

impl LogLevel {
    /// Its name, as the configuration gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// The port that everybody expects.
pub(super) const DEFAULT_ADDRESS: &str = "127.0.0.1:8200";

impl Default for Storage {
    fn default() -> Self {
        Self { kind: StorageKind::default(), path: PathBuf::from("/var/lib/kvd/data") }
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            address: DEFAULT_ADDRESS.to_owned(),
            tls_disable: false,
            tls_cert_file: None,
            tls_key_file: None,
            tls_client_ca_file: None,
            tls_min_version: TlsVersion::default(),
            tls_max_version: None,
            tls_require_and_verify_client_cert: false,
            tls_disable_client_certs: false,
            max_request_size: None,
            max_request_duration: None,
            max_request_json_strings: None,
            disable_unauthed_rekey_endpoints: true,
            disable_unauthed_generate_root_endpoints: true,
            enable_unauthenticated_access: Vec::new(),
            x_forwarded_for_authorized_addrs: Vec::new(),
            x_forwarded_for_hop_skips: 0,
            x_forwarded_for_reject_not_authorized: true,
            x_forwarded_for_reject_not_present: true,
            custom_response_headers: BTreeMap::new(),
            max_request_json_memory: None,
            telemetry: ListenerTelemetry::default(),
            inflight_requests_logging: InFlightAccess::default(),
        }
    }
}

impl Listener {
    /// Whether callers without a token may use that part of `sys` at this address.
    pub fn opens(&self, path: OpenPath) -> bool {
        let closed = match path {
            OpenPath::Rekey => self.disable_unauthed_rekey_endpoints,
            OpenPath::GenerateRoot => self.disable_unauthed_generate_root_endpoints,
        };
        !closed || self.enable_unauthenticated_access.contains(&path)
    }
}

/// Files, variables and flags all give durations in nanoseconds.
fn nanoseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    Ok(Some(Duration::from_nanos(u64::deserialize(from)?)))
}
