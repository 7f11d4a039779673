//! Every setting and block of a configuration file, in the order of the reference page.

use super::schema::{Block, Effect, Kind, Labels, Section, Setting, idle, used};

/// Why settings of a cluster change nothing.
const ONE_NODE: &str = "this server is a single node";
/// Why settings of caches change nothing.
const SIZED_ITSELF: &str = "caches have bounds of their own";
/// Why settings of plugins change nothing.
const NO_PLUGINS: &str = "engines are built in; there are no plugins";
/// Why settings of log rotation change nothing.
const ROTATION: &str = "send SIGHUP after moving the log file away, and it is opened anew";
/// Why settings of paid editions change nothing.
const NOT_SOLD: &str = "it belongs to an edition of Vault that kvd does not follow";
/// Why settings of senders of metrics change nothing.
const NO_SENDERS: &str = "metrics are fetched, by sys/metrics; nothing is sent";
/// Why settings about labels of metrics change nothing.
const NO_LABELS: &str = "metrics have no such labels";

const LOG_LEVELS: &[&str] = &["trace", "debug", "info", "notice", "warn", "warning", "error", "err"];
const LOG_FORMATS: &[&str] = &["standard", "json", "text", "unspecified"];
/// Older versions have known holes.
const TLS_VERSIONS: &[&str] = &["tls12", "tls13"];

/// What stands outside all blocks.
pub(super) static FILE: Section = Section {
    settings: &[
        used("api_addr", Kind::Text, "The address that other programs reach this server at."),
        used("cluster_addr", Kind::Text, "The address that other nodes would reach this server at."),
        used(
            "cluster_name",
            Kind::Text,
            "A name for this installation; made at random when it is not given.",
        ),
        used(
            "default_lease_ttl",
            Kind::Duration,
            "How long a token or lease lives when nothing else is asked for.",
        ),
        used(
            "disable_mlock",
            Kind::Bool,
            "`false` locks all memory of the process, and refuses to start where that cannot be done; without it only the pages that hold keys are locked.",
        ),
        used(
            "log_file",
            Kind::Text,
            "Where log lines go besides the standard error; a folder gets a file `kvd.log`.",
        ),
        used(
            "log_format",
            Kind::Word(LOG_FORMATS),
            "How log lines look; by default text on a terminal and JSON elsewhere.",
        ),
        used(
            "log_level",
            Kind::Word(LOG_LEVELS),
            "The least important lines that are written; read again on SIGHUP.",
        ),
        used(
            "allow_audit_log_prefixing",
            Kind::Bool,
            "Whether audit devices may put a text in front of each line.",
        ),
        used("max_lease_ttl", Kind::Duration, "How long a token or lease can live at most."),
        used("pid_file", Kind::Text, "Where the process id is written while the server runs."),
        idle("administrative_namespace_path", Kind::Text, NOT_SOLD),
        idle("cache_size", Kind::Integer, SIZED_ITSELF),
        idle("cluster_cipher_suites", Kind::Text, ONE_NODE),
        idle("default_max_request_duration", Kind::Duration, "set max_request_duration in the listener"),
        idle("detect_deadlocks", Kind::Text, "no lock is held while another is taken"),
        idle("disable_cache", Kind::Bool, SIZED_ITSELF),
        idle("disable_clustering", Kind::Bool, ONE_NODE),
        idle("disable_indexing", Kind::Bool, NOT_SOLD),
        idle("disable_performance_standby", Kind::Bool, ONE_NODE),
        idle("disable_printable_check", Kind::Bool, "paths are always checked"),
        idle("disable_sealwrap", Kind::Bool, "there is one seal, and it wraps nothing else"),
        idle("disable_sentinel_trace", Kind::Bool, NOT_SOLD),
        idle("disable_standby_reads", Kind::Bool, ONE_NODE),
        idle("enable_multiseal", Kind::Bool, "there is one seal"),
        idle("enable_post_unseal_trace", Kind::Bool, "there is no such trace"),
        idle("enable_response_header_hostname", Kind::Bool, "answers do not name the machine"),
        idle("enable_response_header_raft_node_id", Kind::Bool, ONE_NODE),
        idle("enable_ui", Kind::Bool, "there is no web interface yet"),
        idle("imprecise_lease_role_tracking", Kind::Bool, "leases are counted exactly"),
        idle("introspection_endpoint", Kind::Bool, "there is no such endpoint"),
        idle("license_path", Kind::Text, NOT_SOLD),
        idle("log_requests_level", Kind::Text, "requests go to audit devices"),
        idle("log_rotate_bytes", Kind::Integer, ROTATION),
        idle("log_rotate_duration", Kind::Duration, ROTATION),
        idle("log_rotate_max_files", Kind::Integer, ROTATION),
        idle("plugin_auto_download", Kind::Bool, NO_PLUGINS),
        idle("plugin_auto_register", Kind::Bool, NO_PLUGINS),
        idle("plugin_directory", Kind::Text, NO_PLUGINS),
        idle("plugin_download_behavior", Kind::Text, NO_PLUGINS),
        idle("plugin_download_max_size", Kind::Size, NO_PLUGINS),
        idle("plugin_file_permissions", Kind::Integer, NO_PLUGINS),
        idle("plugin_file_uid", Kind::Integer, NO_PLUGINS),
        idle("plugin_tmpdir", Kind::Text, NO_PLUGINS),
        idle("raw_storage_endpoint", Kind::Bool, "the store is not readable through the API"),
        idle("ui", Kind::Bool, "there is no web interface yet"),
        idle(
            "unsafe_allow_api_audit_creation",
            Kind::Bool,
            "audit devices can always be made through the API",
        ),
        idle("unsafe_cross_namespace_identity", Kind::Bool, NOT_SOLD),
    ],
    blocks: &[
        Block {
            name: "storage",
            alias: Some("backend"),
            labels: Labels::Of(&["rocksdb", "inmem", "file", "raft"]),
            repeats: false,
            settings: STORAGE,
            blocks: &[ignored("retry_join", ONE_NODE)],
            effect: Effect::Used,
            about: "Where everything is kept. `file` and `raft` keep their path and store with RocksDB; `inmem` forgets everything at the end.",
        },
        Block {
            name: "listener",
            alias: None,
            labels: Labels::Of(&["tcp"]),
            repeats: true,
            settings: LISTENER,
            blocks: LISTENER_BLOCKS,
            effect: Effect::Used,
            about: "An address to answer requests at. Give several for several addresses.",
        },
        Block {
            name: "seal",
            alias: None,
            labels: Labels::Of(&["shamir"]),
            repeats: false,
            settings: &[
                idle("disabled", Kind::Bool, "there is no other seal to change to"),
                idle("purpose", Kind::Text, "there is one seal"),
            ],
            blocks: &[],
            effect: Effect::None("keys are always split into shares"),
            about: "",
        },
        Block {
            name: "audit",
            alias: None,
            labels: Labels::WithPath(&["file", "socket", "syslog"]),
            repeats: true,
            settings: AUDIT,
            blocks: &[],
            effect: Effect::Used,
            about: "An audit device: `audit \"file\" \"to-disk\" { … }`. It is there whenever the vault is unsealed, and goes when the block does.",
        },
        Block {
            name: "telemetry",
            alias: None,
            labels: Labels::None,
            repeats: false,
            settings: TELEMETRY,
            blocks: &[],
            effect: Effect::Used,
            about: "What `sys/metrics` shows.",
        },
        ignored("ha_storage", ONE_NODE),
        ignored("ha_backend", ONE_NODE),
        ignored("service_registration", ONE_NODE),
        ignored("replication", NOT_SOLD),
        ignored("sentinel", NOT_SOLD),
        ignored("reporting", NOT_SOLD),
        ignored("entropy", "randomness comes from the operating system"),
        ignored("hsm", "there is no hardware seal"),
        ignored("plugin", NO_PLUGINS),
        ignored("user_lockout", "tune each auth mount instead"),
        ignored("experiments", NOT_SOLD),
    ],
};

const AUDIT: &[Setting] = &[
    used("description", Kind::Text, "What the device is for."),
    used("local", Kind::Bool, "Whether it stays on this cluster."),
    used("options", Kind::Map, "The options of the device, as `sys/audit` takes them."),
];

const TELEMETRY: &[Setting] = &[
    used(
        "prometheus_retention_time",
        Kind::Duration,
        "`0` turns the form for Prometheus off; it is on with any other value, and off without a telemetry block.",
    ),
    idle("add_lease_metrics_namespace_labels", Kind::Bool, NO_LABELS),
    idle("add_mount_point_rollback_metrics", Kind::Bool, NO_LABELS),
    idle("circonus_api_app", Kind::Text, NO_SENDERS),
    idle("circonus_api_token", Kind::Text, NO_SENDERS),
    idle("circonus_api_url", Kind::Text, NO_SENDERS),
    idle("circonus_submission_interval", Kind::Text, NO_SENDERS),
    idle("circonus_submission_url", Kind::Text, NO_SENDERS),
    idle("disable_hostname", Kind::Bool, "metrics do not name the machine"),
    idle("dogstatsd_addr", Kind::Text, NO_SENDERS),
    idle("dogstatsd_tags", Kind::Texts, NO_SENDERS),
    idle("enable_hostname_label", Kind::Bool, NO_LABELS),
    idle("filter_default", Kind::Bool, "all metrics are shown"),
    idle("lease_metrics_epsilon", Kind::Duration, NO_LABELS),
    idle("maximum_gauge_cardinality", Kind::Integer, NO_LABELS),
    idle("metrics_prefix", Kind::Text, "names begin with vault, as dashboards expect"),
    idle("num_lease_metrics_buckets", Kind::Integer, NO_LABELS),
    idle("prefix_filter", Kind::Texts, "all metrics are shown"),
    idle("stackdriver_debug_logs", Kind::Bool, NO_SENDERS),
    idle("stackdriver_location", Kind::Text, NO_SENDERS),
    idle("stackdriver_namespace", Kind::Text, NO_SENDERS),
    idle("stackdriver_project_id", Kind::Text, NO_SENDERS),
    idle("statsd_address", Kind::Text, NO_SENDERS),
    idle("statsite_address", Kind::Text, NO_SENDERS),
    idle("usage_gauge_period", Kind::Duration, "gauges are looked up when they are asked for"),
];

const STORAGE: &[Setting] = &[
    used(
        "path",
        Kind::Text,
        "The folder of the store; made with access for its owner only. `/var/lib/kvd/data` by default.",
    ),
    idle("node_id", Kind::Text, ONE_NODE),
    idle("performance_multiplier", Kind::Integer, ONE_NODE),
    idle("max_entry_size", Kind::Size, "bodies are bounded by max_request_size of the listener"),
    idle("snapshot_threshold", Kind::Integer, ONE_NODE),
    idle("trailing_logs", Kind::Integer, ONE_NODE),
];

const LISTENER: &[Setting] = &[
    used("address", Kind::Text, "Host and port; `127.0.0.1:8200` by default. Without a host, all of them."),
    used(
        "custom_response_headers",
        Kind::Headers,
        "Headers to add to answers, by status: `default`, `4xx`, `404`.",
    ),
    used(
        "disable_unauthed_generate_root_endpoints",
        Kind::Bool,
        "`false` lets `sys/generate-root/*` be used without a token, as Vault 1 did.",
    ),
    used(
        "disable_unauthed_rekey_endpoints",
        Kind::Bool,
        "`false` lets `sys/rekey/*` be used without a token, as Vault 1 did.",
    ),
    used(
        "enable_unauthenticated_access",
        Kind::Words(&["rekey", "generate-root"]),
        "The same in Vault 2's words.",
    ),
    used("max_request_duration", Kind::Duration, "How long one request may take; 90s by default."),
    used(
        "max_request_json_memory",
        Kind::Size,
        "How much memory the JSON of one body may need by Vault's estimate; a little over 32 MiB by default.",
    ),
    used("max_request_json_strings", Kind::Integer, "How many texts the JSON of one body may hold."),
    used("max_request_size", Kind::Size, "How large one body may be; 32 MiB by default."),
    used(
        "tls_cert_file",
        Kind::Text,
        "The certificate and what it was signed with, in PEM; read again on SIGHUP.",
    ),
    used(
        "tls_client_ca_file",
        Kind::Text,
        "The authorities, in PEM, that certificates of clients must come from.",
    ),
    used("tls_disable", Kind::Bool, "Speaks plain HTTP."),
    used("tls_disable_client_certs", Kind::Bool, "Does not ask clients for a certificate."),
    used("tls_key_file", Kind::Text, "The private key of the certificate, in PEM; read again on SIGHUP."),
    used("tls_max_version", Kind::Word(TLS_VERSIONS), "The newest version of TLS that is spoken."),
    used(
        "tls_min_version",
        Kind::Word(TLS_VERSIONS),
        "The oldest version of TLS that is spoken; `tls12` by default.",
    ),
    used(
        "tls_require_and_verify_client_cert",
        Kind::Bool,
        "Refuses clients without a certificate of `tls_client_ca_file`.",
    ),
    used(
        "x_forwarded_for_authorized_addrs",
        Kind::Texts,
        "The proxies, as addresses or networks, whose `X-Forwarded-For` is believed.",
    ),
    used(
        "x_forwarded_for_hop_skips",
        Kind::Integer,
        "How many addresses from the right of the header are proxies too.",
    ),
    used(
        "x_forwarded_for_reject_not_authorized",
        Kind::Bool,
        "Refuses other senders of the header; `true` by default.",
    ),
    used(
        "x_forwarded_for_reject_not_present",
        Kind::Bool,
        "Refuses proxies that do not send the header; `true` by default.",
    ),
    idle("cluster_address", Kind::Text, ONE_NODE),
    idle("http_idle_timeout", Kind::Duration, "idle connections are closed after five minutes"),
    idle("http_read_header_timeout", Kind::Duration, "headers have ten seconds"),
    idle("http_read_timeout", Kind::Duration, "max_request_duration bounds the whole request"),
    idle("http_write_timeout", Kind::Duration, "max_request_duration bounds the whole request"),
    idle("purpose", Kind::Texts, ONE_NODE),
    idle("require_request_header", Kind::Bool, "it is a setting of agents"),
    idle("role", Kind::Text, "every listener answers the whole API"),
    idle("tls_cipher_suites", Kind::Text, "the suites are those of rustls"),
    idle("tls_prefer_server_cipher_suites", Kind::Bool, "the server's order always counts"),
];

const LISTENER_BLOCKS: &[Block] = &[
    Block {
        name: "telemetry",
        alias: None,
        labels: Labels::None,
        repeats: false,
        settings: &[
            used(
                "unauthenticated_metrics_access",
                Kind::Bool,
                "Shows `sys/metrics` to callers without a token, also while sealed.",
            ),
            idle("disallow_metrics", Kind::Bool, "policies say who sees metrics"),
            idle("metrics_only", Kind::Bool, "every listener answers the whole API"),
        ],
        blocks: &[],
        effect: Effect::Used,
        about: "Metrics at this address.",
    },
    Block {
        name: "inflight_requests_logging",
        alias: None,
        labels: Labels::None,
        repeats: false,
        settings: &[used(
            "unauthenticated_in_flight_requests_access",
            Kind::Bool,
            "Shows `sys/in-flight-req` to callers without a token, also while sealed.",
        )],
        blocks: &[],
        effect: Effect::Used,
        about: "The calls that are under way, at this address.",
    },
    ignored("profiling", "there is no profiler to reach"),
];

/// A block whose content does not matter.
const fn ignored(name: &'static str, why: &'static str) -> Block {
    Block {
        name,
        alias: None,
        labels: Labels::Any,
        repeats: false,
        settings: &[],
        blocks: &[],
        effect: Effect::None(why),
        about: "",
    }
}
