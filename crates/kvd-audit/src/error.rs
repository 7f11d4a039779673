//! Why a record could not be kept, and why a device could not be set up.

use thiserror::Error;

/// Why a call must not go on.
#[derive(Debug, Error)]
pub enum AuditError {
    /// There are devices, and none of them took the record in time.
    #[error("no audit device took the record")]
    NoDeviceTookIt,
}

/// Why a device is not set up; the texts are for whoever asked for it.
#[derive(Debug, Error)]
pub enum EnableError {
    /// No such kind of device, the name being empty.
    #[error("unknown backend type: \"\"")]
    NoType,
    /// No such kind of device.
    #[error("unknown backend type: valid types are \"file\", \"socket\" and \"syslog\"")]
    UnknownType,
    /// A device is there, above or below that path.
    #[error("path already in use")]
    PathInUse,
    /// An option that must be given is not.
    #[error("{0} is required")]
    Missing(&'static str),
    /// An option whose value cannot be understood.
    #[error("{0} must be {1}")]
    Invalid(&'static str, &'static str),
    /// Two names of one option with two values.
    #[error("file_path and path are two names of one option, give only one")]
    TwoPaths,
    /// A format other than JSON.
    #[error("unknown format type (only \"json\" is known)")]
    UnknownFormat,
    /// A text in front of each line could turn the log into a script or a configuration file.
    #[error("a prefix is not allowed unless the server's configuration sets allow_audit_log_prefixing")]
    PrefixNotAllowed,
    /// The file cannot be opened, or must not be.
    #[error("sanity check failed; unable to open {path:?} for writing: {reason}")]
    CannotOpen {
        /// As it was asked for.
        path: String,
        /// The reason of the operating system, or ours.
        #[source]
        reason: std::io::Error,
    },
    /// The system log cannot be reached.
    #[error("unable to reach the system log: {0}")]
    NoSystemLog(#[source] std::io::Error),
    /// The trial record did not get through.
    #[error("audit backend failed test message: {0}")]
    TrialFailed(String),
    /// A thread for the device could not be had.
    #[error("unable to start the device: {0}")]
    NoThread(#[source] std::io::Error),
}
